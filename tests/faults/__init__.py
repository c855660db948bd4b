# SPDX-License-Identifier: BSD-2-Clause
"""mooring in front of an Amazon in trouble: what it promised holds while it lasts and afterwards."""

# SPDX-License-Identifier: BSD-2-Clause
"""mooring in front of an Amazon in trouble: what was promised holds meanwhile and afterwards."""

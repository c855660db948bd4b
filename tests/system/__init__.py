# SPDX-License-Identifier: BSD-2-Clause
"""The real programs, driven from outside by real clients."""

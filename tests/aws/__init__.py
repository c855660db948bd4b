# SPDX-License-Identifier: BSD-2-Clause
"""Amazon's side of the tests: a strict gate and the emulators behind it."""

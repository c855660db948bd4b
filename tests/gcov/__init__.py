# SPDX-License-Identifier: BSD-2-Clause
"""Of a build for gcov, what its tests ran."""

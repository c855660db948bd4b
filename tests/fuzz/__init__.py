# SPDX-License-Identifier: BSD-2-Clause
"""Which lines the corpora of the harnesses run."""

# SPDX-License-Identifier: BSD-2-Clause
"""The way of one request through the files of src/."""

# SPDX-License-Identifier: BSD-2-Clause
"""deploy/: what is made of it on AWS, without AWS and without a daemon."""

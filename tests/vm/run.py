#!/usr/bin/env python3
"""Run the systemd tests in a virtual machine: run.py SUITE [options] [pytest arguments]."""

import sys

import bed
from boot import Guest

if __name__ == "__main__":
    sys.exit(bed.main(Guest, "tests/vm/run.py", __doc__))

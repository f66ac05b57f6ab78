"""Stands in for a compiler: runs a probe, and writes a job down. Called as RECORD REAL ARGS…"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__)))))

from rocqshim.doctor.wiring.calls import call_of
from rocqshim.doctor.wiring.shim import is_shim


def main(record: str, real: str, args: list[str]) -> None:
    """End with 0 for a job, as if it had been done; else become the real program."""
    call = call_of([real, *args], is_shim)
    if call is None:
        os.execv(real, [real, *args])
    line = json.dumps([call.program, call.file, call.is_wrapped, call.text]) + "\n"
    descriptor = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, line.encode())  # in one piece: several may write at once


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])

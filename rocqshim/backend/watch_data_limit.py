"""RLIMIT_DATA: the hard stop of each process, should it outrun the watchdog.

RLIMIT_AS would be the usual one, but OCaml 5 reserves 32 GiB of address space that it never
uses. RLIMIT_DATA counts what is reserved for writing: Rocq 9.2 needs 500 MiB of it for an
empty file (its minor heap alone is 256 MiB), of which 62 MB become resident.
"""

from __future__ import annotations

import contextlib
import resource

from rocqshim.limits import Limits

FACTOR = 2
SLACK = 512 << 20  # bytes
FLOOR = 1 << 30
INFINITY = resource.RLIM_INFINITY  # -1
REFUSED = (OSError, ValueError)


def data_limit(limits: Limits, job_memory_max: int | None) -> int | None:
    """Give the limit in bytes for a job's processes, None for none.

    So far above the memory limit that the watchdog decides first: it knows which job is to go,
    and a compiler that is refused memory fails with nothing to tell us why. Twice, as a stack or
    an array that doubles its size has touched half of what it reserves: measured on Coq 8.16,
    vm_compute on a long list, 1505 MiB reserved with 783 resident. With an eighth above the
    limit, such a file failed at two thirds of its memory-max.
    """
    bounds = [bound for bound in (limits.memory_max, job_memory_max) if bound is not None]
    if not bounds:
        return None
    return max(FLOOR, FACTOR * min(bounds) + SLACK)


def data_limit_now(pid: int) -> int:
    """Read the soft limit in bytes; -1 (infinity) also where it cannot be read."""
    try:
        return resource.prlimit(pid, resource.RLIMIT_DATA)[0]
    except REFUSED:
        return INFINITY


def limit_data(pid: int, wanted: int | None, before: int) -> None:
    """Set the limit to ``wanted`` bytes, unless the caller's own, ``before``, is lower.

    Only the soft limit: a hard one could not be raised again with the limits of the slice.
    """
    with contextlib.suppress(*REFUSED):
        hard = resource.prlimit(pid, resource.RLIMIT_DATA)[1]
        soft = lowest(wanted, before, hard)
        resource.prlimit(pid, resource.RLIMIT_DATA, (soft, hard))


def lowest(*values: int | None) -> int:
    """Give the lowest of some limits, of which None and -1 are infinite."""
    finite = [value for value in values if value is not None and value != INFINITY]
    return min(finite, default=INFINITY)

"""The line of a compiled file that Coq's own timing tools read, and the last line of a job that
ran out of memory. Pure."""

from __future__ import annotations

# What bug minimizers look for at the very end of the output, on a line of its own (coq-tools,
# diagnose_error.py: is_memory_limit). OCaml says so where it finds no memory by itself.
OUT_OF_MEMORY = "Fatal error: out of memory."
KIB = 1024


def timing_line(target: str, real: float, user: float, system: float, peak: int) -> str:
    """As coq_makefile's TIMED=1 prints it, for make-one-time-file.py and its like.

    target: what make calls ``$@``. Seconds; peak: bytes.
    """
    times = f"real: {real:.2f}, user: {user:.2f}, sys: {system:.2f}"
    return f"{target} ({times}, mem: {peak // KIB} ko)"

"""Small builds for the tests of the simulator."""

from __future__ import annotations

from hypothesis import strategies as st

from rocqshim.simulate.trace import File, Trace

G = 2**30


def file(name: str, seconds: float, gigabytes: float, *deps: str) -> File:
    return File(name, seconds, int(gigabytes * G), deps)


def trace(*files: File) -> Trace:
    return Trace("test", files)


# Any build: peaks from 1 to 10 units, seconds from 0 to 9.
any_trace = st.lists(
    st.tuples(st.integers(1, 10), st.integers(0, 9), st.sets(st.integers(0, 24), max_size=3)),
    min_size=1,
    max_size=25,
).map(lambda files: Trace("any", tuple(_file(n, *one) for n, one in enumerate(files))))


def _file(number: int, peak: int, seconds: int, needs: set[int]) -> File:
    deps = tuple(_name(need) for need in sorted(needs) if need < number)
    return File(_name(number), float(seconds), peak, deps)


def _name(number: int) -> str:
    return f"d{number % 3}/F{number}.v"

from __future__ import annotations

import pytest

from rocqshim.limits import Unenforced, cores_of, same_limit, summarise


@pytest.mark.parametrize(
    ("key", "asked", "found", "same"),
    [
        ("memory_max", 10_000, 8192, True),  # the kernel rounds down to whole pages
        ("memory_max", 10_000, 4096, False),
        ("memory_max", None, None, True),
        ("memory_max", 8192, None, False),
        ("io_weight", 50, -1, False),  # no file: seen as "rounded" once
        ("tasks_max", 100, 99, False),
        ("cpu_quota", 150, 150, True),
    ],
)
def test_same_limit(key: str, asked: int | None, found: int | None, same: bool) -> None:
    assert same_limit(key, asked, found) is same


def test_one_reason_is_said_once() -> None:
    missing = [
        Unenforced("memory_max", "no cgroup v2", "sampling"),
        Unenforced("tasks_max", "no cgroup v2"),
        Unenforced("io_weight", "the user manager has no io controller", "using ionice"),
    ]

    assert summarise(missing) == (
        "memory-max, tasks-max are not enforced: no cgroup v2; sampling. "
        "io-weight is not enforced: the user manager has no io controller; using ionice"
    )


@pytest.mark.parametrize(("quota", "cores"), [(1, 1), (100, 1), (101, 2), (2700, 27)])
def test_cores_of_a_quota(quota: int, cores: int) -> None:
    assert cores_of(quota) == cores

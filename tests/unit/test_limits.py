from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.limits import Unenforced, cores_of, same_limit, shortfall, summarise
from rocqshim.settings.model import Machine
from rocqshim.settings.resolve import resolve


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


@pytest.mark.parametrize(
    ("text", "missing", "line"),
    [
        (
            "",
            ("memory_max", "cpu_quota", "io_weight", "tasks_max"),
            "the limits here: no cgroup v2",
        ),
        (
            "memory-max = '3G'",
            ("memory_max", "cpu_quota", "io_weight"),
            "memory-max here: no cgrou",
        ),
        ("io-weight = 20\njobs = 2", ("cpu_quota", "io_weight"), "io-weight here: no cgroup v2."),
        ("", ("io_weight",), ""),
        ("memory-max = '3G'", (), ""),
        ("memory-max = '3G'\nbackend = 'watchdog'", ("memory_max", "tasks_max"), ""),
    ],
)
def test_the_line_of_a_build_is_short_and_names_what_somebody_set(
    tmp_path: Path, text: str, missing: tuple[str, ...], line: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.rocqshim]\n{text}\n")
    settings = resolve(tmp_path, {"HOME": str(tmp_path)}, Machine(8 << 30, 4))
    found = shortfall([Unenforced(key, "no cgroup v2", "x" * 99) for key in missing], settings)

    assert len(found) < 100
    assert found.startswith("the kernel does not enforce " if line else "")
    assert line in found and bool(found) == bool(line)


@pytest.mark.parametrize(("quota", "cores"), [(1, 1), (100, 1), (101, 2), (2700, 27)])
def test_cores_of_a_quota(quota: int, cores: int) -> None:
    assert cores_of(quota) == cores

"""What the host has left, from files as the kernel writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.backend.host import host_left, pressure
from rocqshim.backend.jobgroup import held_in
from rocqshim.settings.enclosing import Level

MIB = 1 << 20
PRESSURE = """\
some avg10=12.50 avg60=1.00 avg300=0.20 total=123
full avg10=7.25 avg60=0.50 avg300=0.10 total=45
"""


@pytest.fixture
def meminfo(tmp_path: Path) -> str:
    path = tmp_path / "meminfo"
    path.write_text(
        "MemTotal:  8388608 kB\nMemFree:   1024 kB\nMemAvailable:   4194304 kB\nBuffers: 1 kB\n"
    )
    return str(path)


def group(folder: Path, limit: str, used: int, file: int = 0, shmem: int = 0) -> str:
    folder.mkdir(parents=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used * MIB}\n")
    stat = f"anon 1\nfile {file * MIB}\nshmem {shmem * MIB}\nslab_reclaimable {MIB}\n"
    (folder / "memory.stat").write_text(stat)
    return str(folder)


def test_the_machine_alone(meminfo: str) -> None:
    assert host_left([], meminfo=meminfo) == 4096 * MIB


def test_nobody_says(tmp_path: Path) -> None:
    assert host_left([str(tmp_path)], meminfo=str(tmp_path / "none")) is None


def test_the_least_of_all_above(tmp_path: Path, meminfo: str) -> None:
    own = group(tmp_path / "a/b/own", str(100 * MIB), 99)  # its own limit is admission's affair
    above = group(tmp_path / "x", str(1000 * MIB), 700, file=201, shmem=101)
    free = group(tmp_path / "y", "max", 9999)
    gone = str(tmp_path / "gone")

    # 700 used, of which 100 are page cache and 1 slab that can be had back.
    assert host_left([own, above, free, gone], meminfo=meminfo) == 401 * MIB
    assert host_left([own, free], meminfo=meminfo) == 4096 * MIB


def test_a_group_over_its_limit_has_nothing_left(tmp_path: Path, meminfo: str) -> None:
    over = group(tmp_path / "x", str(10 * MIB), 50)

    assert host_left(["own", over], meminfo=meminfo) == 0


def test_what_is_held(tmp_path: Path) -> None:
    job = group(tmp_path / "job-1", "max", 300, file=120, shmem=20)

    assert held_in(job) == 199 * MIB
    assert held_in(str(tmp_path / "gone")) == 0


def test_pressure(tmp_path: Path) -> None:
    (tmp_path / "memory.pressure").write_text(PRESSURE)

    assert pressure(str(tmp_path)) == 7.25
    assert pressure(str(tmp_path / "gone")) == 0


def test_the_root_of_a_namespace_is_above(tmp_path: Path, meminfo: str) -> None:
    container = group(tmp_path / "root", str(300 * MIB), 100)
    own = group(tmp_path / "root/own", str(900 * MIB), 10)

    assert host_left([own], meminfo=meminfo) == 201 * MIB
    assert container.endswith("root")


def test_without_a_slice_those_around_us_count(tmp_path: Path, meminfo: str) -> None:
    group(tmp_path / "v2", str(300 * MIB), 100)
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1/memory.limit_in_bytes").write_text(f"{200 * MIB}\n")
    (tmp_path / "v1/memory.usage_in_bytes").write_text(f"{150 * MIB}\n")
    (tmp_path / "v1/memory.stat").write_text(
        f"hierarchical_memory_limit {180 * MIB}\ntotal_cache {40 * MIB}\ntotal_shmem {10 * MIB}\n"
    )

    around = [Level("cgroup2", str(tmp_path / "v2")), Level("memory", str(tmp_path / "v1"))]

    assert host_left([], around[:1], meminfo) == 201 * MIB
    assert host_left([], around, meminfo) == 60 * MIB

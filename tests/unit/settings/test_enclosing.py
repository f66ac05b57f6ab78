"""What cgroups leave of the machine: both versions, namespaces, and a tree of files for each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rocqshim.settings import enclosing, machine
from rocqshim.settings.enclosing import Bound, cpu_bound, levels, limited, memory_bound
from rocqshim.settings.machine import this_machine

G = 2**30
NONE = 2**63 - 4096  # what version 1 says where there is no limit
V2 = "31 23 0:26 {root} {mount} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "32 31 0:29 {root} {mount}/{name} rw,relatime - cgroup cgroup rw,{name}\n"


class World:
    """A /proc/self, and cgroups below ``mount``."""

    def __init__(self, folder: Path) -> None:
        self.proc, self.mount = folder / "proc", folder / "cgroup"
        self.proc.mkdir()
        self.mount.mkdir()

    def version_2(self, path: str, root: str = "/") -> None:
        (self.proc / "cgroup").write_text(f"0::{path}\n")
        (self.proc / "mountinfo").write_text(V2.format(root=root, mount=self.mount))

    def version_1(self, memory: str, cpu: str = "/", root: str = "/") -> None:
        (self.proc / "cgroup").write_text(
            f"9:name=systemd:/\n4:memory:{memory}\n1:cpu,cpuacct:{cpu}\n0::/\n"
        )
        lines = [
            V1.format(root=root, mount=self.mount, name=name) for name in ("memory", "cpu,cpuacct")
        ]
        (self.proc / "mountinfo").write_text("".join(lines))

    def put(self, name: str, text: object) -> None:
        path = self.mount / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")

    def memory(self) -> tuple[int, str] | None:
        return self._bound(memory_bound(levels(str(self.proc))))

    def cpu(self) -> tuple[int, str] | None:
        return self._bound(cpu_bound(levels(str(self.proc))))

    def _bound(self, bound: Bound | None) -> tuple[int, str] | None:
        return (bound.value, bound.file.replace(f"{self.mount}/", "")) if bound else None


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_nothing_is_mounted(world: World) -> None:
    assert (levels(str(world.proc)), world.memory(), world.cpu()) == ([], None, None)


def test_the_least_of_all_above(world: World) -> None:
    world.version_2("/a/b/c")
    for name, limit in {"a/b/c": "max", "a/b": 3 * G, "a": 4 * G}.items():
        world.put(f"{name}/memory.max", limit)
    world.put("a/b/c/cpu.max", "max 100000")
    world.put("a/cpu.max", "150000 100000")

    assert world.memory() == (3 * G, "a/b/memory.max")
    assert world.cpu() == (150, "a/cpu.max")


def test_the_root_of_a_namespace_is_the_container(world: World) -> None:
    world.version_2("/")
    world.put("memory.max", 2 * G)
    world.put("cpu.max", "50000 100000")

    assert (world.memory(), world.cpu()) == ((2 * G, "memory.max"), (50, "cpu.max"))


@pytest.mark.parametrize(
    ("path", "root"),
    [("/docker/ab/sub", "/docker/ab"), ("/../../sub", "/"), ("/docker/ab", "/docker/ab"),
     ("/elsewhere", "/docker/ab"), ("/gone", "/"), ("/docker/abc", "/docker/ab")],
)  # fmt: skip
def test_without_a_namespace_only_a_part_is_mounted(world: World, path: str, root: str) -> None:
    world.version_2(path, root)
    world.put("memory.max", 2 * G)
    world.put("sub/memory.max", 3 * G)

    assert world.memory() == (2 * G, "memory.max")


def test_version_1(world: World) -> None:
    world.version_1("/x/y", "/z")
    world.put("memory/x/y/memory.limit_in_bytes", NONE)
    world.put("memory/x/memory.limit_in_bytes", 5 * G)
    world.put("memory/memory.limit_in_bytes", NONE)
    world.put("cpu,cpuacct/z/cpu.cfs_quota_us", 250000)
    world.put("cpu,cpuacct/z/cpu.cfs_period_us", 100000)
    world.put("cpu,cpuacct/cpu.cfs_quota_us", -1)
    world.put("cpu,cpuacct/cpu.cfs_period_us", 100000)

    assert world.memory() == (5 * G, "memory/x/memory.limit_in_bytes")
    assert world.cpu() == (250, "cpu,cpuacct/z/cpu.cfs_quota_us")
    assert [Path(each.folder).name for each in limited(levels(str(world.proc)))] == ["x"]


def test_what_is_above_a_container_of_version_1(world: World) -> None:
    world.version_1("/docker/ab", root="/docker/ab")
    world.put("memory/memory.limit_in_bytes", NONE)
    world.put("memory/memory.stat", f"cache 1\nhierarchical_memory_limit {G}\ntotal_cache 1")

    assert world.memory() == (G, "hierarchical_memory_limit in memory/memory.stat")


def test_our_own_slices_are_the_settings(world: World) -> None:
    world.version_2("/a/rocq.slice/rocq-foo.slice/rocq-foo-jobs.service/job-1")
    for name in ("", "/rocq-foo.slice", "/rocq-foo.slice/rocq-foo-jobs.service/job-1"):
        world.put(f"a/rocq.slice{name}/memory.max", G)
    world.put("a/memory.max", 2 * G)

    assert world.memory() == (2 * G, "a/memory.max")


def test_a_session_of_a_user_is_left_for_his_manager(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    user = "user.slice/user-1000.slice"
    world.version_2(f"/{user}/session-3.scope")
    world.put(f"{user}/session-3.scope/memory.max", G)
    world.put(f"{user}/memory.max", 4 * G)
    world.put(f"{user}/user@1000.service/memory.max", 3 * G)

    monkeypatch.setattr(enclosing, "is_systemd", lambda: True)
    assert world.memory() == (3 * G, f"{user}/user@1000.service/memory.max")
    monkeypatch.setattr(enclosing, "is_systemd", lambda: False)
    assert world.memory() == (G, f"{user}/session-3.scope/memory.max")


def test_the_machine_is_what_is_left_of_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.version_2("/")
    world.put("memory.max", 64 * 2**20)
    world.put("cpu.max", "50000 100000")
    monkeypatch.setattr(machine, "levels", lambda: levels(str(world.proc)))

    found = this_machine()

    assert (found.memory, found.cores, found.per_cent) == (64 * 2**20, 1, 50)
    assert found.memory_by == f"{world.mount}/memory.max"
    assert found.cpu_by == f"{world.mount}/cpu.max"


def test_more_than_the_machine_has_is_no_limit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.version_2("/")
    world.put("memory.max", 2**60)
    world.put("cpu.max", "999900000 100000")
    without = this_machine()
    monkeypatch.setattr(machine, "levels", lambda: levels(str(world.proc)))

    found = this_machine()

    assert (found.memory_by, found.cpu_by) == ("", "")
    assert found.memory >= without.memory
    assert found.per_cent >= without.per_cent

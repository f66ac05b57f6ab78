"""What stands above and beside the limits: sessions, killers, tasks, files; on plain facts.

tests/systemd breaks each of them for real.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.doctor import (
    above,
    allocation,
    cgroupfs,
    cgroups,
    filesystem,
    leftovers,
    managers,
    oom_killers,
    oom_policy,
    placement,
    tasks,
)
from rocqshim.doctor.above import Above
from rocqshim.doctor.cgroupfs import View
from rocqshim.doctor.check import DEGRADED, OK, SKIPPED
from rocqshim.doctor.leftovers import ByHand
from rocqshim.doctor.oom_killers import Killers
from rocqshim.doctor.oom_policy import Session
from rocqshim.doctor.placement import Way
from rocqshim.doctor.tasks import Tasks
from rocqshim.limits import Limits

from .host import BOOTED, CGROUP2, GROUP, PRIVATE, SAID, FakeHost, desktop

BARE = FakeHost({"/proc/1/comm": "sh"})
ROOT = "/sys/fs/cgroup"
G = 1 << 30


# cgroup files --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "status", "said"),
    [
        (View("", "", False, False), SKIPPED, ""),
        (View(ROOT, "/a/b", True, False), OK, "/a/b"),
        (View(ROOT, "/../../a", False, False), DEGRADED, "outside of this cgroup namespace"),
        (View(ROOT, "/a", False, False), DEGRADED, "/sys/fs/cgroup/a is hidden"),
        (View(ROOT, "/a", True, True), DEGRADED, "read-only"),
    ],
)
def test_cgroup_files(view: View, status: str, said: str) -> None:
    found = cgroupfs.judge(view)

    assert found.status == status and said in found.found


def test_the_last_mount_on_a_folder_is_the_one_that_is_seen() -> None:
    files = {
        "/proc/self/mounts": f"{CGROUP2}\ncgroup2 {ROOT} cgroup2 ro,nosuid 0 0",
        "/proc/self/cgroup": "12:memory:/x\n0::/a",
        f"{ROOT}/a/cgroup.procs": "",
    }

    assert cgroupfs.read(FakeHost(files)) == View(ROOT, "/a", True, True)


# Placement, and the manager's queue ----------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "status", "said"),
    [
        (Way("/x", None, True), SKIPPED, ""),
        (Way(f"{GROUP}/app.slice/x.scope", GROUP, False), OK, "by itself"),
        (Way("/user.slice/session-3.scope", GROUP, True), OK, "from session-3.scope: the manager"),
        (Way("/user.slice/session-3.scope", GROUP, False), DEGRADED, "PID 1 does not answer"),
        (Way("/system.slice/x.service", "", False), OK, "by itself"),  # root
    ],
)
def test_placement(way: Way, status: str, said: str) -> None:
    found = placement.judge(way)

    assert found.status == status and said in found.found


def test_placement_asks_both_managers() -> None:
    host = desktop()
    host.said["systemctl show --property=Version --value"] = "252"

    assert placement.read(host) == Way(f"{GROUP}/app.slice/x.scope", GROUP, True)
    assert placement.placement(BARE).status == SKIPPED


QUEUE = "systemctl --user show --property=NJobs,NFailedUnits"


@pytest.mark.parametrize(
    ("said", "status", "mend"),
    [
        ("NJobs=0\nNFailedUnits=3", OK, ""),
        ("NJobs=21\nNFailedUnits=0", DEGRADED, "list-jobs"),
        ("NJobs=0\nNFailedUnits=130786", DEGRADED, "systemctl --user reset-failed"),
        (None, DEGRADED, "systemctl restart user@1000.service"),
    ],
)
def test_the_managers_queue(said: str | None, status: str, mend: str) -> None:
    found = managers.queue(FakeHost(BOOTED, {**SAID, QUEUE: said}, listens=(PRIVATE,)))

    assert found.status == status and mend in found.mend


def test_the_queue_of_a_manager_that_does_not_answer_is_not_asked_for() -> None:
    assert managers.queue(FakeHost(BOOTED, SAID)).status == SKIPPED


# cpuset, file system -------------------------------------------------------------------------

DELEGATES = "systemctl show user@1000.service --property=DelegateControllers --value"


@pytest.mark.parametrize(
    ("asked", "had", "status"),
    [
        ("cpu memory pids", "cpu memory pids", OK),
        ("cpu cpuset io memory pids", "cpu cpuset io memory pids", OK),
        ("cpu cpuset io memory pids", "cpu io memory pids", DEGRADED),
    ],
)
def test_cpuset_that_is_asked_for_in_vain(asked: str, had: str, status: str) -> None:
    files = {**BOOTED, f"{ROOT}{GROUP}/cgroup.controllers": had}

    found = cgroups.cpuset(FakeHost(files, {**SAID, DELEGATES: asked}))

    assert found.status == status
    assert ("leave cpuset out" in found.mend) == (status == DEGRADED)


MOUNTS = "/dev/sda1 / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\nserver:/x /home nfs4 rw 0 0"


@pytest.mark.parametrize(
    ("folder", "kind", "status"),
    [
        ("/work/p", "ext4", OK),
        ("/tmp", "tmpfs", DEGRADED),
        ("/tmp/x/y", "tmpfs", DEGRADED),
        ("/tmpfile", "ext4", OK),
        ("/home/you/p", "nfs4", DEGRADED),
    ],
)
def test_writes_are_attributed_on_some_file_systems(folder: str, kind: str, status: str) -> None:
    assert filesystem.type_of(MOUNTS, folder) == kind
    assert filesystem.judge(folder, kind).status == status


def test_the_file_system_is_no_question_without_io() -> None:
    assert filesystem.file_system(desktop()).status == SKIPPED


# What systemd and others kill ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("session", "status", "mend"),
    [
        (None, SKIPPED, ""),
        (Session("session-3.scope", "continue", False), OK, ""),
        (Session("session-3.scope", "", False), DEGRADED, "253"),
        (Session("x.scope", "stop", True), DEGRADED, "DefaultOOMPolicy=continue"),
        (Session("x.service", "kill", False), DEGRADED, "sudo systemctl edit x.service"),
    ],
)
def test_oom_policy(session: Session | None, status: str, mend: str) -> None:
    found = oom_policy.judge(session)

    assert found.status == status and mend in found.mend


def test_the_unit_around_us_and_its_manager() -> None:
    host = desktop()
    host.said["systemctl --user show x.scope --property=OOMPolicy --value"] = "stop"

    assert oom_policy.read(host) == Session("x.scope", "stop", True)

    host.files["/proc/self/cgroup"] = "0::/user.slice/user-1000.slice/session-3.scope"
    host.said["systemctl show session-3.scope --property=OOMPolicy --value"] = "continue"

    assert oom_policy.read(host) == Session("session-3.scope", "continue", False)
    assert oom_policy.read(BARE) is None


@pytest.mark.parametrize(
    ("killers", "status", "said"),
    [
        (Killers(()), OK, "none"),
        (Killers(("systemd-oomd",)), OK, "watches nothing of ours"),
        (Killers(("systemd-oomd",), ("user.slice",)), DEGRADED, "watches user.slice"),
        (Killers(("systemd-oomd", "earlyoom"), ("user.slice",)), DEGRADED, "earlyoom runs"),
    ],
)
def test_oom_killers(killers: Killers, status: str, said: str) -> None:
    found = oom_killers.judge(killers)

    assert found.status == status and said in found.found
    assert bool(found.mend) == (status == DEGRADED)


def test_what_oomd_watches() -> None:
    files = {**BOOTED, "/proc/7/comm": "systemd-oomd", "/proc/8/comm": "sh", "/proc/x/comm": "y"}
    units = "-.slice user.slice user-1000.slice user@1000.service"
    blocks = [
        "Id=-.slice\nManagedOOMSwap=auto\nManagedOOMMemoryPressure=auto",
        "Id=user@1000.service\nManagedOOMSwap=auto\nManagedOOMMemoryPressure=kill",
    ]
    said = {f"systemctl show {oom_killers.PROPERTIES} -- {units}": "\n\n".join(blocks)}

    found = oom_killers.read(FakeHost(files, said))

    assert found == Killers(("systemd-oomd",), ("user@1000.service",))


# Limits above, tasks -------------------------------------------------------------------------

ASKED = Limits(memory_max=2 * G, cpu_quota=150, tasks_max=100)


@pytest.mark.parametrize(
    ("level", "said", "mend"),
    [
        ({"memory_max": G}, "MemoryMax=1G", "set-property user-1000.slice MemoryMax=infinity"),
        ({"memory_high": G}, "MemoryHigh=1G", "MemoryHigh=infinity"),
        ({"cpu_quota": 100}, "CPUQuota=100%", "CPUQuota="),
        ({"tasks_max": 120, "tasks": 30}, "TasksMax=120, 30 used", "TasksMax=infinity"),
    ],
)
def test_a_limit_above_that_comes_first(level: dict[str, int], said: str, mend: str) -> None:
    found = above.judge([Above("user@1000.service", False), _slice(level)], ASKED)

    assert found.status == DEGRADED
    assert said in found.found and "user-1000.slice" in found.found
    assert "sudo systemctl" in found.mend and mend in found.mend and found.means


def _slice(level: dict[str, int]) -> Above:
    return Above("user-1000.slice", False, **level)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "level",
    [{}, {"memory_max": 2 * G}, {"memory_high": 3 * G}, {"cpu_quota": 150}, {"tasks_max": 200}],
)
def test_limits_above_that_leave_room(level: dict[str, int]) -> None:
    assert above.judge([_slice(level)], ASKED).status == OK


def test_without_a_limit_of_ours_any_above_comes_first() -> None:
    assert above.judge([_slice({"memory_max": 9 * G})], Limits()).status == DEGRADED


def test_a_unit_of_the_users_own_is_mended_without_sudo() -> None:
    found = above.judge([Above("app.slice", True, memory_max=G)], ASKED)

    assert found.mend.endswith("systemctl --user set-property app.slice MemoryMax=infinity")
    assert "sudo" not in found.mend


def test_the_levels_are_read_upwards() -> None:
    host = desktop(**{
        f"{ROOT}/user.slice/user-1000.slice/memory.max": str(G),
        f"{ROOT}/user.slice/user-1000.slice/pids.max": "33",
        f"{ROOT}/user.slice/user-1000.slice/pids.current": "7",
        f"{ROOT}/user.slice/cpu.max": "150000 100000",
        f"{ROOT}{GROUP}/memory.max": "max",
    })  # fmt: skip

    assert above.read(host) == [
        Above("user@1000.service", False),
        Above("user-1000.slice", False, memory_max=G, tasks_max=33, tasks=7),
        Above("user.slice", False, cpu_quota=150),
    ]


def test_the_root_of_a_container_is_read_too() -> None:
    files = {f"{ROOT}/pids.max": "120", f"{ROOT}/pids.current": "70"}
    host = FakeHost({"/proc/self/mounts": CGROUP2, "/proc/self/cgroup": "0::/", **files})

    found = above.limits_above(host)

    assert (found.status, found.found) == (DEGRADED, "this container has TasksMax=120, 70 used")
    assert "docker run" in found.mend and "systemctl" not in found.mend


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (Tasks(None, 50, 300), OK),
        (Tasks(400, 50, 300), OK),
        (Tasks(300, 50, 300), DEGRADED),
        (Tasks(200, 50, None), OK),
        (Tasks(100, 50, None), DEGRADED),
    ],
)
def test_ulimit_u(found: Tasks, status: str) -> None:
    assert tasks.judge(found).status == status


def test_ulimit_u_does_not_hold_for_root() -> None:
    assert tasks.tasks(FakeHost(uid=0, tasks=(10, 50))).status == SKIPPED
    assert tasks.tasks(FakeHost(tasks=(10, 50))).status == DEGRADED


# Slurm, slices by hand -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "environ",
    [{"SLURM_MEM_PER_NODE": "1024"}, {"SLURM_MEM_PER_CPU": "512", "SLURM_CPUS_ON_NODE": "2"}],
)
def test_slurm_may_enforce_memory_by_itself(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.rocqshim]\nmemory-max = "2G"\n')

    found = allocation.allocation(FakeHost(environ={"SLURM_JOB_ID": "7", **environ}))

    assert (found.status, found.found) == (DEGRADED, "a Slurm allocation")
    assert found.means == "memory-max (2G) is more than it has (1G)"


def test_slices_by_hand_are_named_with_their_files() -> None:
    lasting = "/home/you/.config/systemd/user.control/rocq.slice.d/50-MemoryMax.conf"
    running = "/run/user/1000/systemd/user.control/rocq-x.slice.d/50-CPUQuota.conf"
    other = "/home/you/.config/systemd/user/rocket.slice"
    files = {**BOOTED, lasting: "", running: "", other: ""}
    host = FakeHost(files, SAID, environ={"HOME": "/home/you"})

    assert leftovers.read(host) == [
        ByHand("rocq.slice", lasting.rpartition("/")[0]),
        ByHand("rocq-x.slice", running.rpartition("/")[0]),
    ]
    found = leftovers.leftovers(host)
    assert found.status == DEGRADED
    assert found.mend == "systemctl --user revert rocq.slice rocq-x.slice"


def test_no_slices_by_hand() -> None:
    assert leftovers.leftovers(desktop()).status == OK
    assert leftovers.leftovers(BARE).status == SKIPPED

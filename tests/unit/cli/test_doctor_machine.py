"""The checks of systemd and cgroups, on machines made of data."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rocqshim.doctor import cgroups, managers
from rocqshim.doctor.check import DEGRADED, FAILED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host

from .host import BOOTED, CGROUP2, GROUP, PRIVATE, SAID, FakeHost, desktop

BARE = FakeHost({"/proc/1/comm": "sh"})
UNIFIED = "add systemd.unified_cgroup_hierarchy=1 to GRUB_CMDLINE_LINUX in /etc/default/grub"
ROOT_GROUP = "systemctl show --property=ControlGroup --value"


# systemd -------------------------------------------------------------------------------------


def test_systemd_with_its_version() -> None:
    found = managers.systemd(desktop())

    assert (found.status, found.found) == (OK, "252 (252.39-1~deb12u1)")


def test_no_systemd_is_degraded_and_names_pid_1() -> None:
    found = managers.systemd(BARE)

    assert found.status == DEGRADED and "PID 1 is sh" in found.found


def test_wsl_has_a_mend_of_its_own() -> None:
    files = {"/proc/1/comm": "init", "/proc/sys/kernel/osrelease": "5.15-Microsoft-standard-WSL2"}

    assert "wsl.conf" in managers.systemd(FakeHost(files)).mend


def test_the_user_manager_by_its_own_socket_or_by_the_bus() -> None:
    assert managers.manager(desktop()).found == f"answers at {PRIVATE}"
    by_bus = FakeHost(BOOTED, SAID, listens=("/run/user/1000/bus",))
    assert managers.manager(by_bus).status == OK


def test_root_has_the_system_manager() -> None:
    host = FakeHost(BOOTED, uid=0, listens=("/run/systemd/private",))

    assert managers.manager(host).name == "system manager"
    assert managers.manager(host).status == OK


def test_a_wrong_runtime_folder_is_mended_by_a_variable() -> None:
    files = {**BOOTED, f"{PRIVATE}": "", "/tmp/x/y": ""}
    host = FakeHost(files, SAID, environ={"XDG_RUNTIME_DIR": "/tmp/x"})

    assert managers.manager(host).mend == "export XDG_RUNTIME_DIR=/run/user/1000"


def test_somebody_elses_runtime_folder_is_passed_over() -> None:
    """`su` without a dash keeps it; the launcher takes our own."""
    others = {"XDG_RUNTIME_DIR": "/run/user/77"}
    host = FakeHost(BOOTED, SAID, environ=others, listens=(PRIVATE,))

    assert managers.manager(host).found == f"answers at {PRIVATE}"


def test_without_a_session_lingering_starts_the_manager() -> None:
    found = managers.manager(FakeHost(BOOTED, SAID))

    assert found.status == DEGRADED
    assert "XDG_RUNTIME_DIR is not set" in found.found and "enable-linger 1000" in found.mend


@pytest.mark.parametrize(
    ("said", "status"), [("yes", OK), ("no", DEGRADED), (None, SKIPPED), ("", SKIPPED)]
)
def test_lingering(said: str | None, status: str) -> None:
    command = "loginctl show-user 1000 --property=Linger --value"

    assert managers.lingering(FakeHost(BOOTED, {command: said})).status == status


def test_lingering_is_no_question_for_root_or_without_systemd() -> None:
    assert managers.lingering(FakeHost(BOOTED, SAID, uid=0)).status == SKIPPED
    assert managers.lingering(BARE).status == SKIPPED


# cgroup v2 -----------------------------------------------------------------------------------


def test_cgroup_v2_with_its_controllers() -> None:
    found = cgroups.cgroup_v2(desktop())

    assert (found.status, found.found) == (OK, "at /sys/fs/cgroup: cpuset cpu io memory pids")


@pytest.mark.parametrize(
    ("mounts", "said", "mend"),
    [
        ("", "no cgroup is mounted", "sudo mount -t cgroup2 none /sys/fs/cgroup"),
        ("cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0", "only cgroup v1", UNIFIED),
        (
            "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
            "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0",
            "hybrid",
            UNIFIED,
        ),
        (CGROUP2, "without a memory controller", "add cgroup_enable=memory to GRUB_CMDLINE_LINUX"),
    ],
)
def test_what_is_not_cgroup_v2(mounts: str, said: str, mend: str) -> None:
    found = cgroups.cgroup_v2(FakeHost({"/proc/self/mounts": mounts}))

    assert found.status == DEGRADED and said in found.found
    assert mend in found.mend and "watchdog" in found.now


@pytest.mark.parametrize("marker", ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"])
@pytest.mark.parametrize("check", [cgroups.cgroup_v2, managers.systemd])
def test_in_a_container_nothing_is_to_be_done_inside(
    check: Callable[[Host], Check], marker: str
) -> None:
    found = check(FakeHost({marker: "", "/proc/1/comm": "sh"}))

    assert found.status == DEGRADED and "GRUB" not in found.mend
    assert found.mend.startswith("nothing from inside this container: ") and found.now


def test_no_io_controller_is_mended_by_the_drop_in() -> None:
    found = cgroups.controllers(desktop())

    assert (found.status, found.found) == (DEGRADED, "cpu memory pids; missing: io")
    assert "Delegate=cpu io memory pids" in found.mend
    assert "/etc/systemd/system/user@.service.d/delegate.conf" in found.mend
    assert "daemon-reload" in found.mend


def test_a_drop_in_that_is_there_needs_a_new_session() -> None:
    host = desktop(**{cgroups.DROP_IN: "[Service]\nDelegate=cpu io memory pids"})

    assert cgroups.controllers(host).mend.endswith("log out and in again")
    assert "tee" not in cgroups.controllers(host).mend


def test_an_older_user_manager_has_no_cpu() -> None:
    host = desktop(**{f"/sys/fs/cgroup{GROUP}/cgroup.controllers": "memory pids"})

    found = cgroups.controllers(host)

    assert found.status == DEGRADED
    assert "cpu-quota" in found.means and "io-weight" in found.means


def test_without_memory_limits_cannot_be_enforced() -> None:
    host = desktop(**{f"/sys/fs/cgroup{GROUP}/cgroup.controllers": "pids"})

    assert cgroups.controllers(host).status == FAILED


def test_everything_delegated() -> None:
    host = desktop(**{f"/sys/fs/cgroup{GROUP}/cgroup.controllers": "cpu io memory pids"})

    assert cgroups.controllers(host).status == OK


def test_roots_controllers_are_those_of_the_root_cgroup() -> None:
    host = FakeHost(BOOTED, {ROOT_GROUP: "/"}, uid=0)

    assert cgroups.controllers(host).status == OK


def test_a_manager_that_does_not_answer_is_not_judged() -> None:
    assert cgroups.controllers(FakeHost(BOOTED, {})).status == SKIPPED
    assert cgroups.controllers(BARE).status == SKIPPED


GROUP_FILE = f"/sys/fs/cgroup{GROUP}/cgroup.controllers"
SDA = "/sys/block/sda/queue/scheduler"


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({SDA: "none [bfq]"}, OK),
        ({SDA: "[none] bfq"}, DEGRADED),
        ({SDA: "[none]", "/sys/fs/cgroup/io.cost.qos": "8:0 enable=1 ctrl=auto"}, OK),
        ({"/sys/block/loop0/queue/scheduler": "[none]"}, SKIPPED),
        ({SDA: "[none]", GROUP_FILE: "cpu memory pids"}, SKIPPED),
    ],
)
def test_io_weight_needs_bfq_or_iocost(files: dict[str, str], status: str) -> None:
    host = desktop(**{GROUP_FILE: "cpu io memory pids", **files})

    assert cgroups.io_effect(host).status == status


AREA = "Filename Type Size Used Priority\n/dev/dm-1 partition 2097148 0 -2"
SCOPE = f"/sys/fs/cgroup{GROUP}/app.slice/x.scope"


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        ({}, OK, "none"),
        ({"/proc/swaps": AREA, f"{SCOPE}/memory.swap.max": "max"}, OK, "2047 MiB, bounded"),
        ({"/proc/swaps": AREA}, DEGRADED, "no memory.swap.max"),
        ({"/proc/swaps": AREA, "/proc/self/mounts": ""}, DEGRADED, "2047 MiB"),
    ],
)
def test_swap_is_bounded_or_named(files: dict[str, str], status: str, said: str) -> None:
    found = cgroups.swap(desktop(**files))

    assert found.status == status and said in found.found

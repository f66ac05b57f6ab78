"""Each check of `rocqshim doctor` sees what is really broken: this file breaks it.

What cannot be changed while a kernel runs (cgroup v1, swapaccount=0, a kernel before 6.6) is
tested on a faked reading, in tests/unit/cli/test_doctor_machine.py and test_doctor_around.py; the
hybrid layout is that of many a container, where tests/process/test_doctor.py sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .broken import (
    EVE,
    EVES_MANAGER,
    EVES_SLICE,
    QUICK,
    Checks,
    checks_in,
    drop_in,
    eve_is_out,
    eve_may_sudo,
    eves_doctor,
    is_bad,
    lose,
    undone,
)
from .conftest import NewProject
from .guest import SHIM, good, run, sudo
from .project import Project

SCOPE = ("systemd-run", "--user", "--scope", "-q")
SETTINGS = 'memory-max = "1G"\ntasks-max = 60\nio-weight = 100'


@pytest.fixture(scope="module")
def project(shared_project: NewProject) -> Project:
    """One project, with a broker that stays: opening it again takes a second, and not six."""
    made = shared_project(SETTINGS, {"a": ""}, "checked")
    assert made.make().returncode == 0
    return made


def doctor(project: Project, *before: str, whole: bool = False, **env: str) -> Checks:
    """What doctor says; before: words that run it. whole: with the slice opened and read back."""
    given = env if whole else {**dict([QUICK.split("=")]), **env}
    done = run(*before, SHIM, "doctor", "--json", cwd=project.root, env=given, patience=240)
    return checks_in(done)[1]


def as_root(project: Project, script: str) -> Checks:
    """What dev's doctor says in a shell of root's, where ``script`` has broken something."""
    as_dev = "setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/dev"
    text = f"cd {project.root} && {{ {script}; }} >&2 && {as_dev} {QUICK} {SHIM} doctor --json"
    return checks_in(run("sudo", "-n", "unshare", "-m", "sh", "-c", text, patience=240))[1]


@pytest.fixture(autouse=True, scope="module")
def eve_is_out_before_and_after() -> Iterator[None]:
    eve_is_out()
    yield
    eve_is_out()


# All is well first ---------------------------------------------------------------------------


def test_what_is_not_broken_is_well(project: Project) -> None:
    checks = doctor(project, whole=True)

    good_ones = (
        "systemd", "user manager", "manager queue", "cgroup v2", "cgroup files", "cpuset", "swap",
        "placement", "oom policy", "oom killers", "allocation", "limits above", "tasks",
        "slices by hand", "compiler", "rocq-exec", "settings", "backend", "limits",
    )  # fmt: skip
    assert {name: checks[name]["status"] for name in good_ones} == dict.fromkeys(good_ones, "ok")
    assert "from session-" in checks["placement"]["found"]
    assert "by itself" in doctor(project, *SCOPE)["placement"]["found"]


# The manager ---------------------------------------------------------------------------------


def test_lingering(project: Project) -> None:
    is_bad(eves_doctor()["lingering"], "off", "loginctl enable-linger")
    with undone("loginctl", "disable-linger", "eve"):
        sudo("loginctl", "enable-linger", "eve")
        assert eves_doctor()["lingering"]["status"] == "ok"
    eve_is_out()


def test_no_session_and_no_manager() -> None:
    """As after `sudo -u`, from cron, or under pam_slurm_adopt."""
    eve_is_out()
    as_eve = ("sudo", "-n", "-u", "eve", "env", "ROCQSHIM_START_TIMEOUT=120")
    status, checks = checks_in(run(*as_eve, SHIM, "doctor", "--json", cwd="/tmp", patience=240))

    assert status == 2
    is_bad(checks["user manager"], "XDG_RUNTIME_DIR is not set", f"enable-linger {EVE}")
    assert checks["limits"]["status"] == "failed"
    assert checks["backend"]["found"].startswith("watchdog")


def test_a_manager_that_is_masked() -> None:
    eve_is_out()
    with undone("systemctl", "unmask", "--runtime", EVES_MANAGER):
        sudo("systemctl", "mask", "--runtime", EVES_MANAGER)
        checks = eves_doctor()
        is_bad(checks["user manager"], "does not answer", "enable-linger")
    eve_is_out()


def test_a_manager_that_is_stuck() -> None:
    """It listens, and never answers: every question is bounded, and asked once."""
    stop = "kill -STOP $(systemctl show --property=MainPID --value user@$(id -u).service);"
    pid_of = ("systemctl", "show", "--property=MainPID", "--value", EVES_MANAGER)
    try:
        checks = eves_doctor(stop)
    finally:
        sudo("kill", "-CONT", good(*pid_of))
    is_bad(checks["manager queue"], "no answer in 10 s", f"restart {EVES_MANAGER}")
    eve_is_out()


def test_no_system_bus_to_move_a_process_by(project: Project) -> None:
    """From session-N.scope PID 1 has to move each job; below the user manager nobody has to.

    The bus is hidden from this one command: a machine whose bus has ended is of no use to others.
    """
    checks = as_root(project, "mount -t tmpfs none /run/dbus")

    is_bad(checks["placement"], "PID 1 does not answer", "systemctl restart dbus.socket")


# Controllers ---------------------------------------------------------------------------------


def test_a_user_manager_of_systemd_249(project: Project) -> None:
    """Its user@.service handed down pids and memory alone (Ubuntu 22.04)."""
    eve_is_out()
    with drop_in("user@.service", r"[Service]\nDelegate=\nDelegate=pids memory\n"):
        check = eves_doctor()["controllers"]
        eve_is_out()

    is_bad(check, "memory pids; missing: cpu io", "Delegate=cpu io memory pids")
    assert check["status"] == "degraded" and "cpu-quota" in check["means"]


def test_no_memory_controller() -> None:
    with eve_may_sudo():
        check = eves_doctor(lose("memory"))["controllers"]
    eve_is_out()

    is_bad(check, "missing: memory io", "Delegate=cpu io memory pids")
    assert check["status"] == "failed" and "memory-max" in check["means"]


def test_io_and_where_it_has_no_effect() -> None:
    """With io handed down: no scheduler here that heeds it, and no such file system in /dev/shm."""
    eve_is_out()
    with drop_in("user@.service", r"[Service]\nDelegate=cpu cpuset io memory pids\n"):
        checks = eves_doctor("cd /dev/shm &&")
        eve_is_out()

    assert checks["controllers"]["status"] == "ok"
    assert checks["cpuset"]["found"].startswith("delegated")
    is_bad(checks["io scheduler"], "neither bfq nor iocost on", "echo bfq | sudo tee")
    is_bad(checks["file system"], "/dev/shm is on tmpfs", "ext4")


def test_cpuset_that_the_kernel_does_not_hand_down() -> None:
    """As it was before Linux 6.6: it is asked for, and is not there."""
    eve_is_out()
    with (
        drop_in("user@.service", r"[Service]\nDelegate=cpu cpuset io memory pids\n"),
        eve_may_sudo(),
    ):
        check = eves_doctor(lose("cpuset"))["cpuset"]
        eve_is_out()

    is_bad(check, f"{EVES_MANAGER} asks for it", "leave cpuset out of Delegate=")


# Limits above --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "found", "means"),
    [
        ("MemoryMax=300M", "has MemoryMax=300M", "never reached"),
        ("MemoryHigh=300M", "has MemoryHigh=300M", "slowed down without end"),
        ("CPUQuota=60%", "has CPUQuota=60%", "cpu-quota is not reached"),
        ("TasksMax=60", "has TasksMax=60", "fork fails"),
    ],
)
def test_a_limit_of_the_slice_of_the_user(limit: str, found: str, means: str) -> None:
    name = limit.partition("=")[0]
    unset = f"{name}={'' if name == 'CPUQuota' else 'infinity'}"
    with undone("systemctl", "set-property", "--runtime", EVES_SLICE, unset):
        sudo("systemctl", "set-property", "--runtime", EVES_SLICE, limit)
        check = eves_doctor()["limits above"]

    is_bad(check, f"{EVES_SLICE} {found}", f"sudo systemctl set-property {EVES_SLICE} {name}=")
    assert means in check["means"]


def test_ulimit_u(project: Project) -> None:
    count = len(run("ps", "-L", "-u", "dev", "-o", "lwp=").stdout.split())
    checks = doctor(project, "prlimit", f"--nproc={count + 40}:", "--")

    is_bad(checks["tasks"], f"ulimit -u is {count + 40}", "/etc/security/limits.conf")


# Allocations and namespaces ------------------------------------------------------------------


def test_a_slurm_allocation_that_is_too_small(project: Project) -> None:
    slurm = {"SLURM_JOB_ID": "4711", "SLURM_MEM_PER_NODE": "300"}
    checks = doctor(project, **slurm)

    is_bad(checks["allocation"], "a Slurm allocation", 'Set memory-max = "270M"')
    assert "memory-max (1G)" in checks["allocation"]["means"]
    assert checks["limits above"]["status"] == "skipped"


def test_a_service_with_a_limit_is_an_allocation(project: Project) -> None:
    """As in Docker or a CI runner: the limit is above us, and of somebody else."""
    words = ("sudo", "-n", "systemd-run", "-q", "--pipe", "--wait", "--uid=dev", "-p")
    env = ("--setenv=HOME=/home/dev", "--setenv=XDG_RUNTIME_DIR=/run/user/1000")
    where = (f"--working-directory={project.root}", f"--setenv={QUICK}")
    doctor_there = (*words, "MemoryMax=400M", *env, *where, SHIM, "doctor", "--json")
    _, checks = checks_in(run(*doctor_there, patience=240))

    is_bad(checks["allocation"], "the limited cgroup run-", "Set memory-max = ")


def test_a_cgroup_namespace_above_us(project: Project) -> None:
    """We are seen from a namespace that begins deeper: our own cgroup is outside of it."""
    # In a file: systemd-run of 258 and later expands $$ itself.
    project.write("deeper.sh", "echo $$ >deeper; exec sleep 300\n")
    script = (
        f"cd {project.root}; systemd-run -q --scope --unit=deeper unshare -C sh deeper.sh & "
        "until test -s deeper; do sleep 0.2; done; "
        f"{QUICK} nsenter -C -t $(cat deeper) {SHIM} doctor --json; S=$?; "
        "systemctl stop deeper.scope; rm deeper; exit $S"
    )
    _, checks = checks_in(run("sudo", "-n", "sh", "-c", script, patience=240))

    is_bad(checks["cgroup files"], "outside of this cgroup namespace", "--cgroupns=host")


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("mount --bind /sys/fs/cgroup /sys/fs/cgroup && mount -o remount,bind,ro /sys/fs/cgroup",
         "is read-only"),
        ("mount -t tmpfs none /sys/fs/cgroup", "is hidden"),
    ],
    ids=["read-only", "hidden"],
)  # fmt: skip
def test_cgroup_files_of_a_container(project: Project, script: str, found: str) -> None:
    is_bad(as_root(project, script)["cgroup files"], found, "Docker: --privileged")


# Killers -------------------------------------------------------------------------------------


def test_a_scope_that_dies_as_a_whole(project: Project) -> None:
    checks = doctor(project, *SCOPE, "-p", "OOMPolicy=stop")

    is_bad(checks["oom policy"], ".scope: stop", "DefaultOOMPolicy=continue")


def test_the_mend_of_the_oom_policy_works(project: Project) -> None:
    """`systemctl --user daemon-reexec` and a new scope: done by eve, who has nothing to lose."""
    conf = "~/.config/systemd/user.conf"
    mend = (
        f"mkdir -p ~/.config/systemd && printf '[Manager]\\nDefaultOOMPolicy=continue\\n' >{conf}; "
        "systemctl --user daemon-reexec; systemd-run --user --scope -q"
    )
    with undone("rm", "-rf", "/home/eve/.config/systemd"):
        check = eves_doctor(mend)["oom policy"]
    assert check["found"].endswith(".scope: continue"), check
    eve_is_out()


def test_systemd_oomd_that_watches_us(project: Project) -> None:
    unit = "user@1000.service"
    both = "systemd-oomd.service systemd-oomd.socket"  # masked in this machine
    undo = f"systemctl stop {both}; systemctl mask {both}"
    with undone("sh", "-c", f"systemctl set-property --runtime {unit} ManagedOOMSwap=auto; {undo}"):
        sudo("sh", "-c", f"systemctl unmask {both} && systemctl start systemd-oomd")
        sudo("systemctl", "set-property", "--runtime", unit, "ManagedOOMSwap=kill")
        check = doctor(project)["oom killers"]

    # Debian 12 has it watch -.slice as well.
    is_bad(check, "systemd-oomd watches ", f"set-property -- {unit} ManagedOOM")
    assert unit in check["found"]


def test_earlyoom(project: Project, tmp_path: Path) -> None:
    """Not the real one, which is not in this machine: a process of its name is what is seen."""
    stand_in = tmp_path / "earlyoom"
    stand_in.write_bytes(Path("/bin/sleep").read_bytes())
    stand_in.chmod(0o755)
    script = f"{stand_in} 300 & trap 'kill $!' EXIT; {QUICK} {SHIM} doctor --json"
    _, checks = checks_in(run("sh", "-c", script, cwd=project.root, patience=240))

    is_bad(checks["oom killers"], "earlyoom runs", "/etc/default/earlyoom")


# Swap, and what others have set --------------------------------------------------------------


def test_swap_is_seen_and_bounded(project: Project) -> None:
    file = "/swap-of-the-doctor"
    sudo("sh", "-c", f"fallocate -l 64M {file} && chmod 600 {file} && mkswap -q {file}")
    with undone("sh", "-c", f"swapoff {file}; rm {file}"):
        sudo("swapon", file)
        checks = doctor(project, whole=True)

    assert checks["swap"]["found"] == "63 MiB, bounded by memory-swap-max"
    assert "memory-swap-max is not enforced" not in checks["limits"]["means"]
    assert "memory-swap-max 0" in checks["limits"]["found"]


@pytest.mark.parametrize("runtime", [(), ("--runtime",)], ids=["lasting", "runtime"])
def test_a_slice_that_was_limited_by_hand(project: Project, runtime: tuple[str, ...]) -> None:
    name = "rocq-byhand.slice"
    good("systemctl", "--user", "set-property", *runtime, name, "MemoryMax=123M")
    try:
        check = doctor(project)["slices by hand"]
    finally:
        good("systemctl", "--user", "revert", name)
        good("systemctl", "--user", "stop", name)  # set-property has made its cgroup

    is_bad(check, name, f"systemctl --user revert {name}")
    assert doctor(project)["slices by hand"]["status"] == "ok"  # the mend has mended it

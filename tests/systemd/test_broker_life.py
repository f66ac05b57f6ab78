"""The user manager, the broker, the slice and make go in mid-build; the build goes on, or ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

from rocqshim.backend.bus import Bus
from rocqshim.backend.systemd import SystemdSlice
from rocqshim.backend.units import jobs_service

from .conftest import NewProject
from .guest import good, until
from .kernel import is_alive, job_groups, user_slice, value
from .project import AT_ONCE, Project, kill, ours

SETTINGS = 'memory-max = "300M"'


@pytest.mark.parametrize("command", ["daemon-reexec", "daemon-reload"])
def test_manager_starts_anew(new_project: NewProject, command: str) -> None:
    project = new_project(SETTINGS, {"a": 'await("go")', "b": "", "c": "hold(400)"})
    make = project.start("make", "-k")  # one after the other: b and c start afterwards
    project.begun("a")
    good("systemctl", "--user", command)
    project.write("go", "")

    assert make.end() == 2
    assert project.verdicts() == {"a.v": "success", "b.v": "success", "c.v": "oom-slice"}
    assert f"/{project.slice}/" in project.begun("b")["cgroup"]
    assert value(project.group, "memory.max") == str(300 << 20)


def test_broker_is_killed(new_project: NewProject) -> None:
    """Jobs go on, are adopted by the next broker, and their verdicts are still right."""
    sources = {
        "a": 'await("go")',  # ends while there is no broker
        "b": 'await("go-on")',  # ends after it was adopted
        "big": 'await("go-on"); hold(400)',
        "c": 'outlive("a")',  # starts in the meantime
    }
    project = new_project(SETTINGS + AT_ONCE, sources)
    make = project.start("make", "-j3", "-k")
    for name in ("a", "b", "big"):
        project.begun(name)
    first = project.broker_pid()
    kill(first, signal.SIGKILL)
    project.write("go", "")
    project.begun("c")

    until(lambda: project.is_served("b.v", "big.v"), "the new broker has adopted the jobs")
    project.write("go-on", "")

    assert make.end() == 2, make.output()
    assert project.broker_pid() != first
    assert project.verdicts() == {
        "a.v": "success", "b.v": "success", "c.v": "success", "big.v": "oom-slice",
    }  # fmt: skip
    assert any("big.v: killed, out of memory in" in line for line in ours(make.output()))
    until(lambda: not job_groups(project.group), "every job cgroup is removed")


def test_launcher_is_killed(new_project: NewProject) -> None:
    """Its job is ended, with children that have sessions of their own, and its output removed."""
    project = new_project(SETTINGS, {"a": 'family(2); spill("a.vo", "cut"); rest(600)'})
    make = project.start("make")
    until(lambda: project.has("a.vo"), "the compiler writes")
    compiler = project.pid("a")
    launcher = int(good("ps", "-o", "ppid=", "-p", str(compiler)))
    kill(launcher, signal.SIGKILL)

    assert make.end() == 2
    until(lambda: not is_alive(compiler), "the compiler is gone")
    until(lambda: not job_groups(project.group), "its cgroup is removed")
    until(lambda: project.verdicts() == {"a.v": "cancelled"})
    until(lambda: not project.has("a.vo"), "its output is removed")


def test_make_is_killed(new_project: NewProject) -> None:
    """As without rocqshim: a compiler that runs is nobody's child any more, and ends by itself."""
    project = new_project(SETTINGS, {"a": 'await("go")', "b": ""})
    make = project.start("make")
    project.begun("a")
    kill(make.pid, signal.SIGKILL)
    make.end()
    project.write("go", "")

    until(lambda: project.verdicts() == {"a.v": "success"}, "the compiler ends")
    until(lambda: not job_groups(project.group), "its cgroup is removed")
    assert project.has("a.vo")
    assert not project.has("b.begun")


def test_slice_is_stopped_by_hand(new_project: NewProject) -> None:
    """`systemctl --user stop`: a clear end of the job, and limits again for the next."""
    project = new_project(SETTINGS, {"a": 'await("go")', "b": 'await("go"); facts()'})
    make = project.start("make", "-j2", "-k")
    project.begun("a"), project.begun("b")
    good("systemctl", "--user", "stop", project.slice)

    assert make.end() == 2
    assert set(project.verdicts().values()) == {"cancelled"}, make.output()
    assert f"a.v: cancelled because {project.slice} was stopped" in make.output()
    project.write("go", "")
    project.clean()
    assert project.make().returncode == 0
    assert value(project.group, "memory.max") == str(300 << 20)
    assert f"/{project.slice}/" in project.begun("b")["cgroup"]


def test_a_job_that_comes_while_the_slice_is_being_stopped(new_project: NewProject) -> None:
    """It waits for the end of what was there, is no part of it, and has limits again."""
    sources = {"deaf": "$SIG{TERM} = 'IGNORE'; spill('is-deaf', ''); rest(600)", "b": "rest(4)"}
    project = new_project(SETTINGS + AT_ONCE, sources)
    make = project.start("make", "deaf.vo")
    until(lambda: project.has("is-deaf"), "a compiler that TERM does not end")
    good("systemctl", "--user", "stop", "--no-block", project.slice)
    done = project.make("b.vo")

    assert done.returncode == 0, done.stderr
    assert f"/{project.slice}/" in project.begun("b")["cgroup"]
    assert value(project.group, "memory.max") == str(300 << 20)
    assert make.end() == 2
    assert project.verdicts() == {"deaf.v": "cancelled", "b.v": "success"}


def test_stop_finds_what_a_killed_broker_left(new_project: NewProject) -> None:
    """A slice in which nothing runs: no launcher will come and bring another broker."""
    project = new_project(SETTINGS, {"a": ""})
    project.make()
    kill(project.broker_pid(), signal.SIGKILL)
    assert project.group.is_dir()
    project.shim("stop", "--all", "--broker")

    until(lambda: not project.group.exists(), "the slice is gone", 10)


def kill_all(project: Project, *more: int) -> None:
    """Broker, make, launchers and compilers: nobody is left who would start another broker."""
    make = project.start("make", "-j2")
    project.begun("a"), project.begun("b")
    launchers = [int(good("ps", "-o", "ppid=", "-p", str(project.pid(name)))) for name in "ab"]
    jobs = [
        pid for group in job_groups(project.group) for pid in value(group, "cgroup.procs").split()
    ]
    for pid in (project.broker_pid(), make.pid, *launchers, *map(int, jobs), *more):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    make.end()


def holder_of(project: Project) -> int:
    return int(value(project.group, f"{jobs_service(project.slice)}/holder/cgroup.procs"))


def test_all_are_killed(new_project: NewProject) -> None:
    """systemd starts the broker again, and that one releases what the jobs have left."""
    project = new_project(SETTINGS + AT_ONCE, {"a": "rest(600)", "b": "rest(600)"})
    kill_all(project)

    until(lambda: not project.group.exists(), "the slice is gone", 60)


@pytest.mark.parametrize("with_holder", [False, True])
def test_stop_after_all_were_killed(new_project: NewProject, with_holder: bool) -> None:
    """The cgroups of the jobs are empty, and of the units perhaps only the slice is left."""
    project = new_project(SETTINGS + AT_ONCE, {"a": "rest(600)", "b": "rest(600)", "c": ""})
    project.make("c.vo")
    kill_all(project, *([holder_of(project)] if with_holder else []))
    done = project.shim("stop", "--broker")

    assert (done.returncode, "not gone" in done.stdout) == (0, False), done.stdout + done.stderr
    until(lambda: not project.group.exists(), "the slice is gone", 10)
    assert not user_slice("rocq.slice").exists()


def test_a_slice_is_opened_while_it_is_released(tmp_path: Path) -> None:
    """By the next broker, which finds it empty just when its project's next build comes."""
    name = f"rocq-{tmp_path.name}.slice"
    deaf = subprocess.Popen(["sh", "-c", "trap '' TERM; exec sleep 2"])  # so that it takes a while

    async def swap() -> str:
        used = Bus()
        old, new = (SystemdSlice(used, name, "") for _ in range(2))
        await old.open()
        body = (jobs_service(name), "/holder", [deaf.pid])
        await used.call("AttachProcessesToUnit", "ssau", body)
        releasing = asyncio.create_task(old.close())
        await asyncio.sleep(0.1)
        await new.open()
        await releasing
        holder = value(Path(new.folders()[0]), f"{jobs_service(name)}/holder/cgroup.procs")
        await new.close()
        return holder

    assert asyncio.run(swap()) not in ("", str(deaf.pid))
    assert deaf.wait() in (0, -signal.SIGKILL)
    assert not user_slice(name).exists()


def test_the_next_broker_releases_what_is_empty(new_project: NewProject) -> None:
    """At once, and not when it has given up waiting for the launchers of jobs that it found."""
    idle, busy = (new_project(SETTINGS, {"a": code}) for code in ("", 'await("go")'))
    idle.make()
    make = busy.start("make")
    busy.begun("a")
    kill(busy.broker_pid(), signal.SIGKILL)
    until(lambda: busy.is_served("a.v"), "the next broker has adopted the job")

    until(lambda: not idle.group.exists(), "the empty slice is gone", 10)
    assert busy.group.is_dir()
    busy.write("go", "")
    assert make.end() == 0

"""The other backends on the same kernel: a delegated cgroup without its manager, and nothing."""

from __future__ import annotations

from .conftest import NewProject
from .guest import SHIM, good, run
from .kernel import value

MIB = 1 << 20
SETTINGS = 'memory-max = "200M"\nio-weight = 100\n'
# Below user@.service, in a cgroup of our own that systemd has delegated.
DELEGATED = ("systemd-run", "--user", "--scope", "-q", "-p", "Delegate=yes")


def test_cgroup2_builds_below_a_delegated_cgroup(new_project: NewProject) -> None:
    project = new_project(SETTINGS + 'backend = "cgroup2"', {"a": "rest(1)", "big": "hold(400)"})
    own = {"ROCQSHIM_SOCKET": str(project.root / "s")}
    script = f"make -k -j2; {SHIM} status --json; {SHIM} stop --broker"
    done = run(*DELEGATED, "sh", "-c", script, cwd=project.root, env=own)
    group = project.begun("a")["cgroup"]

    assert f"/rocq.slice/{project.slice}/jobs/job-" in group, done.stderr
    assert "/app.slice/run-" in group  # it has not left the scope
    assert '"backend": "cgroup2"' in done.stdout
    assert f'"memory_max": {200 * MIB}' in done.stdout
    assert "big.v: killed, out of memory in" in done.stderr
    assert project.has("a.vo")
    assert project.verdicts() == {"a.v": "success", "big.v": "oom-slice"}


def test_cgroup2_below_callers_that_fork_all_the_time(new_project: NewProject) -> None:
    """What is forked while the others are moved must be moved, too."""
    project = new_project(SETTINGS + 'backend = "cgroup2"', {"a": ""})
    own = {"ROCQSHIM_SOCKET": str(project.root / "s")}
    forks = "while :; do /bin/true; done"
    script = f"{forks} & one=$!; {forks} & make; {SHIM} stop --broker; kill $one $!"
    done = run(*DELEGATED, "sh", "-c", script, cwd=project.root, env=own)

    assert f"/rocq.slice/{project.slice}/jobs/job-" in project.begun("a")["cgroup"], done.stderr


def test_the_watchdog_kills_without_cgroups(new_project: NewProject) -> None:
    sources = {"a": "rest(1)", "big": "hold(400); rest(30)"}
    project = new_project(SETTINGS + 'backend = "watchdog"', sources)
    done = project.make("-k", "-j2")

    assert done.returncode == 2
    assert "/rocq.slice/" not in project.begun("a")["cgroup"]
    assert "not enforce" not in done.stderr  # the user has chosen it
    assert "big.v: killed, out of memory in" in done.stderr
    assert project.verdicts() == {"a.v": "success", "big.v": "oom-slice"}


def test_a_slurm_job_never_leaves_its_allocation(new_project: NewProject) -> None:
    project = new_project(SETTINGS, {"a": ""})
    slurm = {"SLURM_JOB_ID": "4711"}
    done = project.make(env=slurm)
    here = good("sh", "-c", "cat /proc/self/cgroup").removeprefix("0::")
    project.shim("stop", "--broker", env=slurm)

    assert done.returncode == 0, done.stderr
    assert project.begun("a")["cgroup"] == here
    assert "the kernel does not enforce memory-max here: " in done.stderr


def test_required_limits_are_refused_where_they_cannot_be(new_project: NewProject) -> None:
    project = new_project(SETTINGS + 'enforce = "require"\nbackend = "watchdog"', {"a": ""})
    done = project.make()

    assert done.returncode == 2
    assert "Error 125" in done.stderr
    assert "pyproject.toml:4" in done.stderr  # where it was required
    assert not project.has("a.begun")


def test_required_limits_are_had_here(new_project: NewProject) -> None:
    project = new_project(SETTINGS + 'enforce = "require"', {"a": ""})

    assert project.make().returncode == 0
    assert value(project.group, "memory.max") == str(200 * MIB)

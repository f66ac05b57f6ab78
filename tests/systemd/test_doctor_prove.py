"""`rocqshim doctor --prove` on a kernel that can: shown by its counters, and nothing left."""

from __future__ import annotations

import re
from pathlib import Path

from .broken import QUICK, Checks, checks_in
from .conftest import NewProject
from .guest import SHIM, run
from .leftovers import leftovers
from .project import Project

DELEGATED = ("systemd-run", "--user", "--scope", "-q", "-p", "Delegate=yes")


def prove(project: Project, *before: str, whole: bool = False, **env: str) -> Checks:
    """The checks of --prove; before: words that run it. whole: with this project's own slice."""
    words = (*before, SHIM, "doctor", "--prove", "--json")
    given = env if whole else {**dict([QUICK.split("=")]), **env}
    done = run(*words, cwd=project.root, env=given, patience=400)
    checks = checks_in(done)[1]
    return {name: check for name, check in checks.items() if name.startswith("proof")}


def proven_by_the_kernel(checks: Checks) -> None:
    """Memory and CPU by its counters, make by its cgroup."""
    assert {check["status"] for check in checks.values()} == {"ok"}, checks
    memory = (
        r"a job that wanted 384M was killed at 9\d\.?\d*M of 96M; rocq-proof\S+ counts oom_kill \d"
    )
    assert re.fullmatch(memory, checks["proof: memory"]["found"])
    cpu = (
        r"2 processes with cpu-quota 20% had [123]?\d% of a core, and were held back for .* s \(.*"
    )
    assert re.fullmatch(cpu, checks["proof: cpu"]["found"])
    assert "lived on, and saw status 137, in /user.slice/" in checks["proof: make"]["found"]


def test_by_systemd(new_project: NewProject) -> None:
    project = new_project("", {})
    temporary = set(Path("/tmp").iterdir())
    there = leftovers()
    proven_by_the_kernel(prove(project, whole=True))

    # A broker that was started to open this project's slice may not be quite gone.
    assert not {line for line in leftovers() - there if "proof" in line}
    assert not {path for path in Path("/tmp").iterdir() if "proof" in path.name} - temporary
    assert not project.history()


def test_by_systemd_from_below_its_manager(new_project: NewProject) -> None:
    proven_by_the_kernel(prove(new_project("", {}), *DELEGATED))


def test_by_a_cgroup_of_our_own(new_project: NewProject) -> None:
    proven_by_the_kernel(prove(new_project("", {}), *DELEGATED, ROCQSHIM_BACKEND="cgroup2"))


def test_the_watchdog_proves_less(new_project: NewProject) -> None:
    checks = prove(new_project("", {}), ROCQSHIM_BACKEND="watchdog")

    assert checks["proof: memory"]["status"] == "degraded"
    assert "by the watchdog, which samples" in checks["proof: memory"]["means"]
    assert checks["proof: cpu"]["found"].endswith("were kept to 1")
    assert checks["proof: make"]["status"] == "ok"


def test_where_no_job_can_be_had(new_project: NewProject) -> None:
    checks = prove(new_project("", {}), ROCQSHIM_BACKEND="nonesuch")

    assert checks["proof: memory"]["status"] == "failed"
    assert "nonesuch" in checks["proof: memory"]["found"]

"""The checks of settings, include, allocation, compiler and limits."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rocqshim.cli.ask import NoBroker
from rocqshim.doctor import allocation, causes, limits, programs, project
from rocqshim.doctor.check import DEGRADED, FAILED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.errors import UserError
from rocqshim.makefile.include import render

from .host import CGROUP2, FakeHost, desktop

Launched = Callable[..., Check]
Opened = Callable[..., list[Check]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, a project without settings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "_CoqProject").touch()
    return tmp_path


def this_host(**environ: str) -> Host:
    return Host(environ={"HOME": "/nowhere", "PATH": os.environ["PATH"], **environ})


# Settings and include ------------------------------------------------------------------------


def test_settings_are_summed_up(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.rocqshim]\nmemory-max = "1G"\n')

    found = project.settings(this_host())

    assert found.status == OK
    assert found.found == f"profile standard, memory-max 1G (pyproject.toml:2) for {folder}"


def test_a_broken_setting_fails_with_its_line(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.rocqshim]\nmemory-max = "x"\n')

    found = project.settings(this_host())

    assert found.status == FAILED
    assert "pyproject.toml:2" in found.found and found.mend


def test_warnings_are_shown(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.rocqshim]\ncpu-quota = "75%"\n')

    found = project.settings(this_host())

    assert found.status == DEGRADED and "ONE core" in found.means


def test_enforce_off_fails(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.rocqshim]\nenforce = "off"\n')

    assert project.settings(this_host()).status == FAILED
    assert [check.status for check in limits.limits(this_host())] == [SKIPPED]


def test_without_a_makefile_no_include_is_missed(folder: Path) -> None:
    assert project.include(this_host()).status == SKIPPED


def test_an_include_that_is_missing(folder: Path) -> None:
    (folder / "Makefile").touch()

    found = project.include(this_host())

    assert (found.status, found.mend) == (DEGRADED, "rocqshim init")


def test_an_include_that_nobody_includes(folder: Path) -> None:
    (folder / "mk").mkdir()
    (folder / "mk/rocq-limits.mk").write_text(render())
    (folder / "Makefile").write_text("all:\n# include mk/rocq-limits.mk\n")

    found = project.include(this_host())

    assert (found.status, found.mend) == (DEGRADED, "echo 'include mk/rocq-limits.mk' >> Makefile")


@pytest.mark.parametrize("line", ["include mk/rocq-limits.mk", "-include $(TOP)/mk/rocq-limits.mk"])
def test_an_include_that_is_current(folder: Path, line: str) -> None:
    (folder / "mk").mkdir()
    (folder / "mk/rocq-limits.mk").write_text(render())
    (folder / "Makefile").write_text(f"all:\n{line}\n")

    assert project.include(this_host()).status == OK


GENERATED = "##########\n## GNUMakefile for Coq 8.16.1\n"


def test_the_include_of_a_generated_makefile_belongs_into_its_local_one(folder: Path) -> None:
    (folder / "mk").mkdir()
    (folder / "mk/rocq-limits.mk").write_text(render())
    (folder / "Makefile").write_text(GENERATED)

    found = project.include(this_host())

    assert (found.status, found.found) == (DEGRADED, "no include of it in Makefile.local")
    assert found.mend == "echo 'include mk/rocq-limits.mk' >> Makefile.local"


@pytest.mark.parametrize(
    ("text", "local"), [(GENERATED, "Makefile.local"), ("all:\n", "CoqMakefile.local")]
)
def test_an_include_in_a_local_makefile(folder: Path, text: str, local: str) -> None:
    (folder / "mk").mkdir()
    (folder / "mk/rocq-limits.mk").write_text(render())
    (folder / "Makefile").write_text(text)
    (folder / local).write_text("include mk/rocq-limits.mk\n")

    assert project.include(this_host()).status == OK


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("all:\n", "foreign"),
        (render() + "\n# mine\n", "edited by hand"),
        ("\udcff", "not readable"),
    ],
)
def test_an_include_that_is_not_ours(folder: Path, text: str, said: str) -> None:
    (folder / "mk").mkdir()
    (folder / "mk/rocq-limits.mk").write_bytes(text.encode("utf-8", "surrogateescape"))

    found = project.include(this_host())

    assert found.status == DEGRADED and said in found.found


# Allocation ----------------------------------------------------------------------------------


def test_no_allocation(folder: Path) -> None:
    assert allocation.allocation(FakeHost()).found.startswith("none found")


def test_inside_slurm(folder: Path) -> None:
    found = allocation.allocation(FakeHost(environ={"SLURM_JOB_ID": "7"}))

    assert found.status == OK and "a Slurm allocation" in found.found


def test_an_allocation_that_is_smaller_than_memory_max(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.rocqshim]\nmemory-max = "2G"\n')
    files = {
        "/proc/self/mounts": CGROUP2,
        "/proc/self/cgroup": "0::/kubepods/pod1/x",
        "/sys/fs/cgroup/kubepods/pod1/memory.max": str(1 << 30),
    }

    found = allocation.allocation(FakeHost(files))

    assert found.status == DEGRADED
    assert (found.found, found.means) == (
        "a Kubernetes pod",
        "memory-max (2G) is more than it has (1G)",
    )
    assert found.mend == 'Set memory-max = "921.6M" in pyproject.toml.'


@pytest.mark.parametrize("path", ["/", "/init"])
def test_a_limit_at_the_root_of_our_namespace_is_the_containers(folder: Path, path: str) -> None:
    (folder / "pyproject.toml").write_text('[tool.rocqshim]\nmemory-max = "2G"\n')
    files = {
        "/proc/self/mounts": CGROUP2,
        "/proc/self/cgroup": f"0::{path}",
        "/sys/fs/cgroup/memory.max": str(1 << 30),
    }

    found = allocation.allocation(FakeHost(files))

    assert (found.status, found.found) == (DEGRADED, "this container")
    assert found.means == "memory-max (2G) is more than it has (1G)"


def test_a_memory_limit_above_a_cpu_limit(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.rocqshim]\nmemory-max = "2G"\n')
    files = {
        "/proc/self/mounts": CGROUP2,
        "/proc/self/cgroup": "0::/batch/job/step",
        "/sys/fs/cgroup/batch/job/step/cpu.max": "150000 100000",
        "/sys/fs/cgroup/batch/job/memory.max": str(2 << 30),
        "/sys/fs/cgroup/batch/memory.max": str(1 << 30),
    }

    found = allocation.allocation(FakeHost(files))

    assert (found.status, found.found) == (DEGRADED, "the limited cgroup batch")
    assert found.means == "memory-max (2G) is more than it has (1G)"


@pytest.mark.parametrize("path", ["/", "/../../batch/job"])
def test_no_limit_of_the_machine_or_of_another_namespace(folder: Path, path: str) -> None:
    files = {"/proc/self/mounts": CGROUP2, "/proc/self/cgroup": f"0::{path}"}
    if path != "/":
        files["/sys/fs/cgroup/memory.max"] = "1"

    assert allocation.allocation(FakeHost(files)).status == OK


# Compiler and launcher -----------------------------------------------------------------------


def test_the_compiler_and_its_version() -> None:
    host = FakeHost(said={"coqc x": "", "/usr/bin/coqc x": "", "coqchk x": ""})
    host.said["/usr/bin/coqc --print-version"] = "8.16.1 4.14.1"

    found = programs.compiler(host)

    assert found.status == OK
    assert found.found.startswith("/usr/bin/coqc /usr/bin/coqchk, version ")


def test_no_compiler() -> None:
    found = programs.compiler(FakeHost(said={"coqchk x": ""}))

    assert found.status == DEGRADED and "neither coqc nor rocq in PATH" in found.found


def test_coqbin_is_where_the_compiler_is_looked_for(tmp_path: Path) -> None:
    found = programs.compiler(this_host(COQBIN=str(tmp_path)))

    assert found.status == DEGRADED and f"COQBIN={tmp_path}" in found.found


def launcher(folder: Path, text: str, direct: bool) -> Path:
    start = folder / "lib/python3.11/site-packages/rocqshim/launch/_start.py"
    if direct:
        start.parent.mkdir(parents=True)
        start.touch()
    path = folder / "bin/rocq-exec"
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Launched:
    """Install a launcher and have it found; gives the check in a shell that has PATH."""

    def make(in_path: bool = True, text: str = "#!/bin/sh\n", direct: bool = True) -> Check:
        path = launcher(tmp_path, text, direct)
        monkeypatch.setattr(programs, "rocq_exec", lambda: str(path))
        return programs.launcher(this_host(PATH=str(path.parent) if in_path else "/usr/bin"))

    return make


def test_a_launcher_that_starts(installed: Launched) -> None:
    found = installed()

    assert found.found.endswith(" ms a call")


def test_a_launcher_that_does_not_start(installed: Launched) -> None:
    assert installed(text="#!/bin/sh\nexit 1\n").status == FAILED


def test_a_launcher_that_is_not_in_path(installed: Launched, tmp_path: Path) -> None:
    found = installed(in_path=False)

    assert found.status == DEGRADED and f"export PATH={tmp_path}/bin" in found.mend


def test_the_long_way_names_what_pth_files_cost(installed: Launched) -> None:
    found = installed(direct=False)

    assert found.status == DEGRADED
    assert "ms are the site module with its .pth files" in found.found


def test_no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise UserError("It is not there.", "pip install rocqshim")

    monkeypatch.setattr(programs, "rocq_exec", none)

    assert programs.launcher(this_host()).status == FAILED


# Limits --------------------------------------------------------------------------------------

ASKED = (
    'memory-max = "1G"\nmemory-swap-max = "0"\ncpu-quota = "100%"\nio-weight = 50\ntasks-max = 9\n'
)
HAVE = {
    "memory_max": 1 << 30, "memory_high": None, "memory_swap_max": 0, "cpu_quota": 100,
    "cpu_weight": None, "io_weight": 50, "tasks_max": 9,
}  # fmt: skip


@pytest.fixture
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Let the broker answer with this project, or raise; gives the two checks."""
    (folder / "pyproject.toml").write_text(f"[tool.rocqshim]\n{ASKED}")

    def answer(raised: Exception | None = None, **given: object) -> list[Check]:
        usual = {"backend": "systemd", "slice": "rocq-x.slice", "limits": HAVE, "unenforced": []}

        def _opened() -> dict[str, Any]:
            if raised:
                raise raised
            return {**usual, **given}

        monkeypatch.setattr(limits, "_opened", _opened)
        return limits.limits(this_host())

    return answer


def test_limits_that_the_kernel_has(opened: Opened) -> None:
    backend, read_back = opened()

    assert (backend.status, backend.found) == (OK, "systemd, rocq-x.slice")
    assert read_back.status == OK
    assert read_back.found == (
        "read back: memory-max 1G, memory-swap-max 0, cpu-quota 100%, io-weight 50, tasks-max 9"
    )


def test_a_hard_limit_that_is_missing_fails(opened: Opened) -> None:
    missing = "memory-max is not enforced: the kernel has max"

    _, found = opened(unenforced=[missing], limits={**HAVE, "memory_max": None})

    assert (found.status, found.means) == (FAILED, missing)


def test_a_weight_of_the_profile_that_is_missing_is_degraded(
    opened: Opened,
    folder: Path,
) -> None:
    (folder / "pyproject.toml").write_text("[tool.rocqshim]\n")
    have = {**HAVE, "io_weight": None}
    monkey = ["io-weight is not enforced: the user manager has no io controller; using ionice"]
    asked = project.settings_here(this_host())
    assert not isinstance(asked, UserError)
    have |= {key: getattr(asked, key).value for key in ("memory_max", "cpu_quota", "tasks_max")}

    _, found = opened(unenforced=monkey, limits=have)

    assert found.status == DEGRADED and found.now == "io-weight: using ionice"
    assert found.found.startswith("not enforced: io-weight 50; read back: memory-max ")


def test_a_limit_that_differs_and_that_nobody_told_of(opened: Opened) -> None:
    _, found = opened(limits={**HAVE, "tasks_max": 10})

    assert found.status == FAILED and found.means == "tasks-max is not enforced: it is 10"


def test_the_watchdog_is_degraded(opened: Opened) -> None:
    backend, _ = opened(backend="watchdog")

    assert backend.status == DEGRADED and "approximate" in backend.means


@pytest.mark.parametrize(
    "raised", [NoBroker("silence"), UserError("It cannot be started.", "See there.")]
)
def test_no_broker_fails(opened: Opened, raised: Exception) -> None:
    (found,) = opened(raised)

    assert found.status == FAILED and found.means == "no compiler of yours would be limited"


UNUSABLE = "is not enforced: no usable cgroup v2"


def test_what_is_done_in_the_place_of_limits_stands_beside_what_is_missing(opened: Opened) -> None:
    missing = [f"memory-max {UNUSABLE}; sampling", f"tasks-max {UNUSABLE}; counting"]

    _, found = opened(unenforced=missing, backend="watchdog")

    assert found.found.startswith("not enforced: memory-max 1G, tasks-max 9; held: ")
    assert found.means == "memory-max, tasks-max are not enforced: no usable cgroup v2"
    assert found.now == "memory-max: sampling\ntasks-max: counting"


@pytest.mark.parametrize(
    ("asked", "backend", "mend"),
    [
        ("watchdog", "watchdog", 'set backend = "auto" (pyproject.toml:7)'),
        ("systemd", "cgroup2", 'set backend = "auto" (pyproject.toml:7)'),
        ("auto", "watchdog", "the machine's"),
    ],
)
def test_each_backend_that_is_not_the_best_has_the_cure_of_its_cause(
    opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch,
    asked: str, backend: str, mend: str,
) -> None:  # fmt: skip
    (folder / "pyproject.toml").write_text(f'[tool.rocqshim]\n{ASKED}backend = "{asked}"\n')
    monkeypatch.setattr(causes, "NEEDED", [lambda _: Check("x", DEGRADED, "", "", "the machine's")])

    found, read_back = opened(backend=backend, unenforced=[f"memory-max {UNUSABLE}"])

    assert found.status == DEGRADED and found.mend.splitlines()[0] == mend
    assert read_back.mend.splitlines()[0] == (mend if asked == "watchdog" else "the machine's")
    assert read_back.mend.endswith("the machine's")


def test_a_variable_that_asks_for_the_watchdog_is_unset(folder: Path) -> None:
    host = this_host(ROCQSHIM_BACKEND="watchdog")
    settings = project.settings_here(host)
    assert not isinstance(settings, UserError)

    assert causes.without_kernel(host, settings).splitlines()[0] == "unset ROCQSHIM_BACKEND"


def test_what_require_refuses_is_said_with_its_line(opened: Opened, folder: Path) -> None:
    (folder / "pyproject.toml").write_text(f'[tool.rocqshim]\n{ASKED}enforce = "require"\n')

    _, found = opened(unenforced=[f"memory-max {UNUSABLE}"])

    assert "builds here are refused: enforce = require (pyproject.toml:7)" in found.means
    assert 'set enforce = "prefer" (pyproject.toml:7)' in found.mend


@pytest.mark.parametrize(
    ("reason", "mend"),
    [
        ("this kernel counts no swap (swapaccount=0)", "add swapaccount=1 to GRUB_CMDLINE_LINUX"),
        ("the user manager has no io controller", "Delegate=cpu io memory pids"),
        ("the kernel has 7", "the slice is opened anew"),
    ],
)
def test_each_reason_has_a_cure_of_its_own(folder: Path, reason: str, mend: str) -> None:
    settings = project.settings_here(this_host())
    assert not isinstance(settings, UserError)

    assert mend in causes.of_reason(reason, desktop(), settings)

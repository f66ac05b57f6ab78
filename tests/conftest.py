"""What holds for all tests: a world of their own, nothing left behind, and no silent skips.

tests/systemd runs on real systemd, with the user's own runtime folder (the user manager's socket
is there): on other machines it is left out here, and `make test-vm` runs it.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SYSTEMD_TESTS = HERE / "systemd"
HAS_SYSTEMD = Path("/run/systemd/system").is_dir()
# Inherited by everything that a test starts: so leftovers are found by it. A broker keeps nothing
# of it but its runtime folder.
MARKER = "RQ_TEST_SESSION"
# `make test` runs below make, and perhaps below a build with limits.
NOT_INHERITED = (
    "COQC ROCQ COQCHK COQBIN COQEXTRAFLAGS TIMECMD TIMED ROCQ_EXEC MAKE MAKEFLAGS MFLAGS MAKELEVEL"
    " MAKEOVERRIDES GNUMAKEFLAGS"
).split()
_numbers = itertools.count(1)

# A shell without job control ignores these for what it starts with `&`, and so would every
# program here: tests of signals would wait for what cannot come.
for _number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# A skip is a failure in CI ------------------------------------------------------------------


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    return True if collection_path == SYSTEMD_TESTS and not HAS_SYSTEMD else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not HAS_SYSTEMD and any(SYSTEMD_TESTS.glob("test_*.py")):
        terminalreporter.write_sep("=", "not run on this machine")
        terminalreporter.write_line("tests/systemd: systemd is not running here; make test-vm")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    outcome = yield
    _fail_a_skip(outcome.get_result())  # type: ignore[attr-defined]


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    outcome = yield
    _fail_a_skip(outcome.get_result())  # type: ignore[attr-defined]


def _fail_a_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"{report.nodeid}\nskipped, which is a failure where CI=true: {reason}"


# A world for each test ----------------------------------------------------------------------


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a short name (a socket's path may have 107 bytes), gone at the end.

    Fails the session if a process of it is left.
    """
    tmp_path_factory.getbasetemp()  # settled before TMPDIR changes
    folder = Path(tempfile.mkdtemp(prefix="rq"))
    os.environ[MARKER] = folder.name
    yield folder
    left = _leftovers(f"{MARKER}={folder.name}", f"XDG_RUNTIME_DIR={folder}/")
    shutil.rmtree(folder, ignore_errors=True)
    assert not left, f"left behind at the end of the tests: {left}"


@pytest.fixture(autouse=True)
def own_world(
    request: pytest.FixtureRequest, session_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Path | None:
    """Home, runtime folder, state, settings and temporary files of this test alone."""
    for name in os.environ:
        if name.startswith("ROCQSHIM_") and not name.startswith("ROCQSHIM_TEST_"):
            monkeypatch.delenv(name)
    for name in NOT_INHERITED:
        monkeypatch.delenv(name, raising=False)
    if SYSTEMD_TESTS in request.path.parents:
        return None
    world = session_folder / str(next(_numbers))
    for name, variable in {
        "home": "HOME",
        "run": "XDG_RUNTIME_DIR",
        "state": "XDG_STATE_HOME",
        "config": "XDG_CONFIG_HOME",
        "tmp": "TMPDIR",
    }.items():
        (world / name).mkdir(mode=0o700, parents=True)
        monkeypatch.setenv(variable, str(world / name))
    monkeypatch.setattr(tempfile, "tempdir", None)  # it remembers the TMPDIR of before
    return world


@pytest.fixture
def shim_env(own_world: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment with the installed rocq-exec in PATH; its broker is ended, and that seen."""
    folder = Path(sys.executable).parent
    if not (folder / "rocq-exec").exists():
        pytest.skip(f"rocq-exec is not installed in {folder}: pip install . (make test does)")
    env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    yield env
    done = subprocess.run(
        [str(folder / "rocqshim"), "stop", "--broker"],
        env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    left = _processes(f"XDG_RUNTIME_DIR={own_world}/run")
    left += [str(path) for path in (own_world / "run").rglob("*") if path.is_socket()]
    assert not left, f"left behind by this test: {left}"


def _leftovers(*variables: str) -> list[str]:
    """What is still there after five seconds: a broker that was told to leave may need one."""
    deadline = time.monotonic() + 5
    while (left := _processes(*variables)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _processes(*variables: str) -> list[str]:
    """The command lines of all processes with a variable that begins with one of ``variables``."""
    wanted = tuple(map(os.fsencode, variables))
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            started_with = (folder / "environ").read_bytes().split(b"\0")
            command = os.fsdecode((folder / "cmdline").read_bytes().replace(b"\0", b" "))
        except OSError:
            continue  # gone meanwhile, or somebody else's
        if any(entry.startswith(wanted) for entry in started_with) and command:
            found.append(f"{folder.name}: {command}")
    return found

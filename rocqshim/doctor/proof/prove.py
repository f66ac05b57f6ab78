"""Runs the two jobs below a broker of their own, in a folder of their own, and removes all."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rocqshim.cli.installed import rocq_exec
from rocqshim.doctor.check import FAILED, Check
from rocqshim.doctor.proof.facts import CORES, CPU_QUOTA, MEMORY, MEMORY_MAX, WANTED, Shown, judge
from rocqshim.errors import UserError
from rocqshim.history import History, default_path

HERE = Path(__file__).parent
START = 12  # seconds for the broker, unless ROCQSHIM_START_TIMEOUT says more
JOB = 8  # seconds for a job; grow takes 5 if nobody stops it
BURN = 1.5  # seconds
CLEAN = 10  # seconds
KEPT = ("ROCQSHIM_BACKEND", "ROCQSHIM_START_TIMEOUT")
# As make would: start the compiler by rocq-exec, and see how it ended.
SCRIPT = '"$@"; echo $? >status; cat /proc/self/cgroup >shell.cgroup'
SETTINGS = f"""\
[tool.rocqshim]
enforce = "prefer"
memory-max = {MEMORY_MAX}
memory-swap-max = 0
cpu-quota = "{CPU_QUOTA}%"
tasks-max = 64
retries = 0
"""


def prove(environ: Mapping[str, str], machine: Sequence[Check] = ()) -> list[Check]:
    """Enforce a small limit on a job, and show what came of it. Takes 30 s at most.

    machine: the checks that were made before.
    """
    try:
        launcher = rocq_exec()
    except UserError as error:
        return [Check(MEMORY, FAILED, error.fact, "no compiler can be limited", error.hint)]
    with _world(environ, launcher) as (folder, own):
        said = _run([launcher, *_python("_grow.py", WANTED)], folder, own)
        said += _run([launcher, *_python("_burn.py", BURN, CORES)], folder, own, "burn")
        return judge(_read(folder, own, _first_line(said)), machine)


@contextlib.contextmanager
def _world(environ: Mapping[str, str], launcher: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """A project folder, and an environment whose broker, history and slice are for it alone."""
    with tempfile.TemporaryDirectory(prefix="rocqshim-proof-", dir=_base()) as name:
        folder = Path(name, f"proof-{os.getpid()}")  # which names the slice
        folder.mkdir()
        (folder / "pyproject.toml").write_text(SETTINGS)
        own = {key: value for key, value in environ.items() if _is_kept(key)}
        own.setdefault("ROCQSHIM_START_TIMEOUT", str(START))
        own |= {
            "ROCQSHIM_SOCKET": f"{name}/s",
            "ROCQSHIM_STATE": f"{name}/state",
            "ROCQSHIM_BUILD": uuid.uuid4().hex,
            "ROCQSHIM_IDLE": "60",  # should we be killed, it leaves by itself
        }
        Path(name, "state").mkdir()
        try:
            yield folder, own
        finally:
            beside = os.path.join(os.path.dirname(launcher), "rocqshim")
            _bounded([beside, "stop", "--all", "--broker"], folder, own, CLEAN + _start(own))


def _base() -> str | None:
    # A socket's path may have 107 bytes; a folder for temporary files may be long.
    return None if len(tempfile.gettempdir()) < 60 else "/tmp"


def _is_kept(key: str) -> bool:
    return key in KEPT or not key.startswith(("ROCQSHIM_", "MAKE", "MFLAGS"))


def _start(own: Mapping[str, str]) -> float:
    with contextlib.suppress(ValueError):
        return float(own["ROCQSHIM_START_TIMEOUT"])
    return START


def _python(script: str, *args: object) -> list[str]:
    return [sys.executable, "-IS", str(HERE / script), *map(str, args)]


def _run(words: list[str], folder: Path, own: dict[str, str], name: str = "") -> str:
    """Run a job from a shell, as make would; gives what was said on stderr."""
    script = SCRIPT if not name else '"$@"'
    command = ["/bin/sh", "-c", script, "make", *words]
    return _bounded(command, folder, own, JOB + _start(own))


def _bounded(command: list[str], folder: Path, own: dict[str, str], seconds: float) -> str:
    process = subprocess.Popen(
        command, cwd=folder, env=own, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, errors="replace",
    )  # fmt: skip
    try:
        return process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        process.kill()  # its launcher's end is the end of the job
        return f"it did not end in {seconds:g} s"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "")


def _read(folder: Path, own: Mapping[str, str], said: str) -> Shown:
    history = History.open(default_path(own))
    jobs = history.jobs_of_build(own["ROCQSHIM_BUILD"])
    history.close()
    burnt = _json(folder / "burn.json")
    status = _text(folder / "status")
    shown = Shown(
        status=int(status) if status.isdigit() else None,
        shell_lives=(folder / "shell.cgroup").exists(),
        job_group=_group(folder / "grow.cgroup"),
        shell_group=_group(folder / "shell.cgroup"),
        used=burnt.get("used"),
        cores=burnt.get("cores", 0),
        throttled=burnt["throttled_usec"] / 1e6 if "throttled_usec" in burnt else None,
        oom_kills=burnt.get("oom_kill"),
        said=said,
    )
    if not jobs:
        return shown
    first = jobs[0]
    return replace(
        shown, backend=first.backend, slice=first.slice, verdict=first.verdict,
        peak=first.memory_peak,
    )  # fmt: skip


def _text(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(_text(path) or "{}"))
    except ValueError:
        return {}


def _group(path: Path) -> str:
    lines = _text(path).splitlines()
    return next((line[3:] for line in lines if line.startswith("0::")), "")

"""The launcher or make killed with -9: its job dies, and what it left half-written goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from launcher.processes import eventually, is_alive
from launcher.shim import Shim

# A compiler as coqc is killed in the midst: a .vo with its head still empty, an empty .glob; and
# helpers in a session of their own, which no process group and no parent leads to.
COMPILER = """\
import os, sys, time
stem = sys.argv[-1][:-2]
open(stem + ".vo", "wb").write(b"coqvo\\0\\0\\0" + bytes(100))
open(stem + ".glob", "w").close()
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(60)
print("ready", flush=True)
time.sleep(60)
"""


def compiler(shim: Shim) -> None:
    (shim.folder / "compiler.py").write_text(COMPILER)
    python = f"{sys.executable} -S {shim.folder}/compiler.py"
    shim.program("coqc", f'#!/bin/sh\nexec {python} "$@"\n')
    (shim.work / "a.v").touch()


def compiling(shim: Shim) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A launcher whose compiler is in the midst of it; all processes of the job."""
    process = shim.start("coqc", "-q", "a.v", start_new_session=True)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    (job,) = eventually(lambda: [job for job in shim.jobs() if len(job["pids"]) >= 3])
    return process, job["pids"]


def assert_cleaned(shim: Shim, pids: list[int]) -> None:
    eventually(lambda: not any(map(is_alive, pids)))
    (record,) = eventually(shim.history)
    assert (record["verdict"], record["status"], record["file"]) == ("cancelled", None, "a.v")
    assert sorted(path.name for path in shim.work.iterdir()) == ["a.v"]
    assert shim.jobs() == []


def test_the_launcher(shim: Shim) -> None:
    compiler(shim)
    process, pids = compiling(shim)

    process.kill()

    assert_cleaned(shim, pids)
    process.communicate()


def test_the_whole_group_as_an_oom_killer_takes_it(shim: Shim) -> None:
    compiler(shim)
    process, pids = compiling(shim)

    os.killpg(process.pid, signal.SIGKILL)

    assert_cleaned(shim, pids)
    process.communicate()


def test_make(shim: Shim) -> None:
    """make and its shells die; the launcher is on, but the next make finds nothing half-done."""
    compiler(shim)
    command = " ".join(map(str, shim.command("coqc", "-q", "a.v")))
    makefile = shim.folder / "Makefile"
    makefile.write_text(f"a.vo: a.v\n\t@{command}\n")
    make = shim.popen(["make", "-f", str(makefile), "a.vo"], start_new_session=True)
    assert make.stdout
    assert make.stdout.readline() == b"ready\n"
    (job,) = eventually(lambda: [job for job in shim.jobs() if len(job["pids"]) >= 3])

    os.killpg(make.pid, signal.SIGKILL)

    assert_cleaned(shim, job["pids"])
    make.communicate()


def test_the_compiler_alone(shim: Shim) -> None:
    """Its workers, which run on as orphans, go with it; the line says that it was not us."""
    compiler(shim)
    process, pids = compiling(shim)
    (job,) = shim.jobs()

    os.kill(job["pid"], signal.SIGKILL)

    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert err.startswith(b"rocq-exec: a.v: killed by SIGKILL, and not by rocqshim")
    eventually(lambda: not any(map(is_alive, pids)))
    assert sorted(path.name for path in shim.work.iterdir()) == ["a.v"]
    (record,) = eventually(shim.history)
    assert record["verdict"] == "signal"


def test_a_finished_output_stays(shim: Shim) -> None:
    shim.program("coqc", "#!/bin/sh\nprintf 'coqvo\\000\\000\\000position' > a.vo\nkill -9 $$\n")
    (shim.work / "a.v").touch()

    shim.run("coqc", "-q", "a.v")

    assert (shim.work / "a.vo").exists()


def test_a_launcher_that_was_let_go_of_its_place(shim: Shim) -> None:
    """Killed while it queues: the next in the queue is not held up."""
    shim.settings("jobs = 1\n")
    first = shim.start("sh", "-c", "read line", stdin=subprocess.PIPE)
    eventually(shim.jobs)
    second = shim.start("echo", "never")
    eventually(lambda: shim.waiting() == 1)
    third = shim.start("echo", "third")
    eventually(lambda: shim.waiting() == 2)

    second.kill()

    eventually(lambda: shim.waiting() == 1)
    first.communicate(b"\n", timeout=60)
    assert third.communicate(timeout=60) == (b"third\n", b"")
    second.communicate()

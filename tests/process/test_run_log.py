"""``rocqshim run --log``: every byte of it, a log for each build, a log for each file."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import Any

from .installed import Installed, is_alive

# Writes bytes that are no text to both streams, several times.
BYTES = """\
import os
for _ in range(500):
    os.write(1, bytes(range(256)))
    os.write(2, b"\\xff\\0e\\r\\n")
"""
SUMMARY = re.compile(rb"rocqshim: [^\n]*\n\Z")


def binary(here: Installed, *words: str, **options: Any) -> tuple[int, bytes, bytes]:  # noqa: ANN401
    """Run to the end; status, stdout and stderr in bytes."""
    process = here.start("run", *words, text=False, **options)
    out, err = process.communicate(timeout=60)
    return process.returncode, out or b"", err or b""


def test_the_log_and_both_streams_are_exact(here: Installed) -> None:
    one, two = bytes(range(256)) * 500, b"\xff\0e\r\n" * 500

    status, out, err = binary(here, "--log", "log", "--", sys.executable, "-c", BYTES)

    assert status == 0
    assert out == one
    assert SUMMARY.sub(b"", err) == two
    log = (here.work / "log").read_bytes()
    assert len(log) == len(one) + len(two)
    assert sorted(log) == sorted(one + two)


def test_the_order_is_kept_where_both_streams_are_one(here: Installed) -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done"

    _, out, _ = binary(here, "--log", "log", "sh", "-c", script, stderr=subprocess.STDOUT)

    expected = b"".join(b"out %d\nerr %d\n" % (number, number) for number in range(1, 10))
    assert SUMMARY.sub(b"", out) == expected
    assert (here.work / "log").read_bytes() == expected


def test_the_log_of_the_settings_lies_in_the_project(here: Installed) -> None:
    here.settings('log = "build.log"')
    (here.work / "sub").mkdir()

    here.run("run", "echo", "first", cwd=here.work / "sub")
    here.run("run", "echo", "second", cwd=here.work / "sub")

    assert (here.work / "build.log").read_text() == "second\n"


def test_a_daemon_that_keeps_the_pipe_open_is_not_waited_for(here: Installed) -> None:
    began = time.monotonic()

    done = here.run("run", "--log", "log", "--", "sh", "-c", "sleep 60 & echo $!")

    assert time.monotonic() - began < 10
    daemon = int(done.stdout)
    assert is_alive(daemon) and done.returncode == 0
    os.kill(daemon, signal.SIGKILL)


def test_a_daemon_that_writes_for_ever_is_not_waited_for(here: Installed) -> None:
    began = time.monotonic()
    yes = "yes < /dev/null & echo start"

    status, out, _ = binary(here, "--log", "log", "--", "sh", "-c", yes)

    assert time.monotonic() - began < 15
    assert status == 0 and b"start\n" in out


def test_a_slow_reader_gets_everything(here: Installed) -> None:
    size = 3_000_000
    script = f"head -c {size} /dev/zero"
    run = here.start("run", "--log", "log", "--", "sh", "-c", script, text=False)
    time.sleep(3)  # longer than a log waits for daemons

    out, _ = run.communicate(timeout=30)

    assert len(out) == size == (here.work / "log").stat().st_size


def test_a_reader_who_leaves_ends_the_command_as_without_a_log(here: Installed) -> None:
    run = here.start("run", "--log", "log", "--", "yes", text=False)
    assert run.stdout and run.stdout.read(10)
    run.stdout.close()

    assert run.wait(timeout=30) == -signal.SIGPIPE
    assert run.stderr and b"rocqshim: " in run.stderr.read()


def test_a_full_disk_ends_the_log_and_not_the_build(here: Installed) -> None:
    script = "echo one; sleep 0.2; echo two"

    done = here.run("run", "--log", "/dev/full", "--", "sh", "-c", script)

    assert (done.stdout, done.returncode) == ("one\ntwo\n", 0)
    assert done.stderr.count("/dev/full: No space left on device; the log ends here") == 1


def test_a_full_stdout_ends_neither_the_build_nor_the_log(here: Installed) -> None:
    script = "for i in 1 2 3; do echo out $i; echo err $i >&2; sleep 0.1; done; exit 4"

    with open("/dev/full", "w") as full:
        done = here.run("run", "--log", "log", "--", "sh", "-c", script, stdout=full)

    assert done.returncode == 4
    assert (here.work / "log").read_text().count("out") == 3
    assert done.stderr.startswith("err 1\nerr 2\nerr 3\n")
    assert done.stderr.count("rocqshim: stdout cannot be written: No space left on device; ") == 1


def test_where_both_streams_are_full_the_log_has_it_all(here: Installed) -> None:
    script = "for i in 1 2 3; do echo $i; sleep 0.1; done; exit 4"

    with open("/dev/full", "w") as full:
        streams = {"stdout": full, "stderr": full}
        done = here.run("run", "--log", "log", "--", "sh", "-c", script, **streams)

    assert done.returncode == 4
    assert (here.work / "log").read_text().split() == ["1", "2", "3"]


def test_closed_streams_are_no_crash(here: Installed) -> None:
    own = str(here.bin / "rocqshim")

    for closed in (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        done = here.popen(["sh", "-c", f"{own} run --log log -- sh -c 'exit 5' {closed}"])
        _, err = done.communicate(timeout=30)
        assert done.returncode == 5, (closed, err)


def test_each_build_has_a_log_of_its_own(here: Installed) -> None:
    here.settings('log = "build.log"\nlog-keep = 2')

    for word in ("one", "two", "three", "four"):
        here.run("run", "echo", word)

    texts = {path.name: path.read_text() for path in here.work.glob("build.log*")}
    assert texts == {"build.log": "four\n", "build.log.1": "three\n", "build.log.2": "two\n"}


def test_a_log_is_not_lost_to_a_build_that_begins(here: Installed) -> None:
    here.settings('log = "build.log"\nlog-keep = 1')
    slow = here.start("run", "--", "sh", "-c", "echo begun; read go; echo ended")
    assert slow.stdout and slow.stdout.readline() == "begun\n"

    for word in ("two", "three", "four"):
        here.run("run", "echo", word)
    slow.communicate("go\n", timeout=30)

    texts = [path.read_text() for path in here.work.glob("build.log*")]
    assert "begun\nended\n" in texts
    assert (here.work / "build.log").read_text() == "four\n"


def test_a_run_within_a_run_leaves_its_log_alone(here: Installed) -> None:
    here.settings('log = "build.log"')
    inner = "rocqshim run -- echo in; rocqshim run --log other -- echo other"

    here.run("run", "--", "sh", "-c", f"echo before; {inner}; echo after")

    lines = (here.work / "build.log").read_text().splitlines()
    assert [line for line in lines if "rocqshim" not in line] == ["before", "in", "other", "after"]
    assert (here.work / "other").read_text() == "other\n"
    assert not list(here.work.glob("*.1"))


def test_a_log_that_is_our_own_stderr_is_not_moved(here: Installed) -> None:
    with (here.work / "err").open("a") as err:
        here.run("run", "--log", "/dev/stderr", "--", "echo", "said", stderr=err)

    assert [path.name for path in here.work.glob("err*")] == ["err"]
    assert "said\n" in (here.work / "err").read_text()


def test_stderr_of_each_file(here: Installed) -> None:
    here.program("coqc", '#!/bin/sh\necho "about $1" >&2; echo out\n')
    script = "$COQC sub/a.v; $COQC b.v; rocq-exec true"

    done = here.run("run", "--stderr-logs", "logs", "--", "sh", "-c", script)

    assert done.stdout == "out\nout\n"
    assert done.stderr.startswith("about sub/a.v\nabout b.v\nrocqshim: 3 jobs in ")
    found = {
        str(path.relative_to(here.work)): path.read_text() for path in here.work.rglob("*.log")
    }
    assert found == {"logs/sub/a.v.log": "about sub/a.v\n", "logs/b.v.log": "about b.v\n"}

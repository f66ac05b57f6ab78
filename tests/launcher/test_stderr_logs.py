"""The setting stderr-logs: a log for each file, and nothing else is different for anybody."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .compare import Ended, both
from .processes import eventually, is_alive
from .pseudo_terminal import Terminal
from .shim import Shim
from .test_imports import OS, WATCHED, imported

ON = {"ROCQSHIM_STDERR_LOGS": "logs"}
BYTES = b"\0\xff\r\n\x1b[31mred" * 20_000


def log(shim: Shim, name: str = "sh") -> bytes | None:
    """What the log of a job says; None: there is none."""
    path = shim.work / "logs" / f"{name}.log"
    return path.read_bytes() if path.exists() else None


def same(shim: Shim, *words: str, around: str = "", **options: object) -> Ended:
    """Run it bare and with a log; gives the bare end."""
    bare, launched = both(shim, *words, around=around, env=ON, **options)
    assert launched == bare
    return bare


@pytest.fixture(autouse=True)
def no_logs(request: pytest.FixtureRequest) -> None:
    """The tests share a project."""
    if "warm" in request.fixturenames:
        shutil.rmtree(request.getfixturevalue("warm").work / "logs", ignore_errors=True)


# What the caller sees ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 3", None),
        ("echo one >&2; echo out; echo two >&2; exit 4", b"one\ntwo\n"),
        ("printf 'no newline' >&2", b"no newline"),
        ("head -c 3000000 /dev/zero | tr '\\0' x >&2", b"x" * 3_000_000),
        ("echo last >&2; kill -TERM $$", b"last\n"),
        ("ulimit -c 0; echo last >&2; kill -SEGV $$", b"last\n"),
        ("echo last >&2; kill -HUP $$", b"last\n"),
        ("exec 2>&-; exit 5", None),
        ("echo through the file >/dev/stderr", b"through the file\n"),
    ],
)
def test_bytes_status_and_signal(warm: Shim, script: str, said: bytes | None) -> None:
    same(warm, "sh", "-c", script)

    assert log(warm) == said


def test_every_byte(warm: Shim) -> None:
    (warm.work / "bytes").write_bytes(BYTES)

    assert same(warm, "sh", "-c", "cat bytes >&2").stderr == BYTES
    assert log(warm) == BYTES


def test_the_order_is_kept_where_both_streams_are_one(warm: Shim) -> None:
    script = "for i in $(seq 300); do echo out $i; echo err $i >&2; done"

    ended = same(warm, "sh", "-c", script, stderr=subprocess.STDOUT)

    assert ended.stdout.count(b"\n") == 600
    assert log(warm) == ended.stdout


@pytest.mark.parametrize("around", ["exec 2>&-", "exec 1>&- 2>&-", "exec 0<&- 1>&- 2>&-"])
def test_without_a_stderr_there_is_no_log(warm: Shim, around: str) -> None:
    same(warm, "sh", "-c", "echo lost >&2; exit 6", around=around)

    assert log(warm) is None


@pytest.mark.parametrize("around", ["exec 1>&-", "exec 0<&-", "exec 2>/dev/null >/dev/null"])
def test_other_streams_closed_or_dropped(warm: Shim, around: str) -> None:
    same(warm, "sh", "-c", "echo said >&2; exit 6", around=around)

    assert log(warm) == b"said\n"


def test_a_reader_who_leaves_is_noticed_as_without(warm: Shim) -> None:
    words = ("sh", "-c", "while echo y >&2; do :; done")
    readable, writable = os.pipe()
    os.close(readable)

    assert warm.run(*words, stderr=writable, env=ON).returncode == -signal.SIGPIPE
    os.close(writable)


def test_a_slow_reader_gets_everything_and_can_be_interrupted(warm: Shim) -> None:
    command = ("sh", "-c", "head -c 150000 /dev/zero >&2; exit 7")
    slow = warm.start(*command, env=ON)
    time.sleep(1)
    assert slow.poll() is None
    assert slow.communicate(timeout=30)[1] == bytes(150_000)
    assert slow.returncode == 7

    stuck = warm.start("sh", "-c", "head -c 100000 /dev/zero >&2", env=ON)
    eventually(lambda: len(log(warm) or b"") >= 65536)
    time.sleep(0.5)
    stuck.send_signal(signal.SIGINT)
    assert stuck.wait(30) == -signal.SIGINT


# Those that stay behind ----------------------------------------------------------------------


def test_a_daemon_is_not_waited_for_and_may_write_on(warm: Shim) -> None:
    """Its output reaches the caller's stderr and the log, and whoever reads that waits for it.

    This process plays the daemon: a child of the job that the watchdog has seen ends with it.
    """
    script = "echo early >&2; echo $$; read line; exit 8"
    process = warm.start("sh", "-c", script, env=ON, stdin=subprocess.PIPE)
    assert process.stdin and process.stdout and process.stderr
    daemon = os.open(f"/proc/{int(process.stdout.readline())}/fd/2", os.O_WRONLY)
    process.stdin.close()
    assert process.wait(30) == 8
    assert log(warm) == b"early\n"

    os.write(daemon, b"late\n")
    os.close(daemon)

    assert process.stderr.read() == b"early\nlate\n"
    assert log(warm) == b"early\nlate\n"


def test_a_daemon_that_never_stops_hangs_nobody(warm: Shim) -> None:
    """Neither one that is silent nor one that writes all the time; nor is stdout kept open."""
    for daemon in (["sleep", "61"], ["yes"]):
        with (warm.work / "err").open("wb") as err:
            script = "echo $$; read line; exit 9"
            process = warm.start("sh", "-c", script, env=ON, stdin=subprocess.PIPE, stderr=err)
            assert process.stdin and process.stdout
            pipe = os.open(f"/proc/{int(process.stdout.readline())}/fd/2", os.O_WRONLY)
        with subprocess.Popen(daemon, stdout=pipe) as other:
            os.close(pipe)
            process.stdin.close()
            assert process.wait(30) == 9
            assert process.stdout.read() == b""
            other.kill()
        eventually(lambda: set(warm.processes()) <= {warm.broker()})


def test_a_daemon_that_ends_with_its_job_leaves_nobody(warm: Shim) -> None:
    done = warm.run("sh", "-c", "sleep 61 & echo $!; echo said >&2; exit 9", env=ON)

    assert (done.returncode, done.stderr, log(warm)) == (9, b"said\n", b"said\n")
    eventually(lambda: not is_alive(int(done.stdout)))
    eventually(lambda: set(warm.processes()) <= {warm.broker()})


# At a terminal -------------------------------------------------------------------------------


def test_ctrl_c_is_the_compilers(warm: Shim) -> None:
    """As coqc does: it catches it, says so on stderr, and ends with 1."""
    script = """
import sys, time
try:
    print("ready", file=sys.stderr, flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit("User interrupt.")
"""
    command = warm.command(sys.executable, "-c", script)
    on = Terminal(command, {**warm.env, **ON}, str(warm.work))
    on.wait_for(b"ready")

    on.type(b"\x03")

    on.wait_for(b"User interrupt.")
    assert on.end() == 1
    assert log(warm, Path(sys.executable).name) == b"ready\nUser interrupt.\n"


def test_one_that_ctrl_c_kills(warm: Shim) -> None:
    words = warm.command("sh", "-c", "echo ready >&2; exec sleep 60")
    on = Terminal(words, {**warm.env, **ON}, str(warm.work))
    on.wait_for(b"ready")

    on.type(b"\x03")

    assert on.end() == -signal.SIGINT


def test_who_sits_before_it_keeps_the_terminal(warm: Shim) -> None:
    warm.program("coqtop", "#!/bin/sh\ntest -t 2 && echo terminal\n")
    on = Terminal(warm.command("coqtop"), {**warm.env, **ON}, str(warm.work))

    on.wait_for(b"terminal")

    assert on.end() == 0


# The logs ------------------------------------------------------------------------------------


@pytest.fixture
def compiler(warm: Shim) -> Shim:
    """One that writes its arguments on stderr; a second kind of job for the same file."""
    warm.program("coqc", '#!/bin/sh\necho "$@" >&2\n')
    return warm


@pytest.mark.parametrize(
    ("folder", "words", "name"),
    [
        (".", ("coqc", "a.v"), "a.v"),
        (".", ("coqc", "theories/deep/a b.v"), "theories/deep/a b.v"),
        ("theories/deep", ("coqc", "../a.v"), "theories/a.v"),
        (".", ("coqc", "-vos", "a.v"), "a.v.vos"),
        (".", ("coqc", "../../../../../../../../elsewhere/a.v"), "_outside/elsewhere/a.v"),
        (".", ("coqc", "/elsewhere/../a.v"), "_outside/a.v"),
    ],
)
def test_names(compiler: Shim, folder: str, words: tuple[str, ...], name: str) -> None:
    (compiler.work / "theories/deep").mkdir(parents=True, exist_ok=True)
    compiler.settings('stderr-logs = "logs"\n')
    try:
        compiler.run(*words, cwd=compiler.work / folder)
    finally:
        (compiler.work / "pyproject.toml").unlink()

    assert log(compiler, name) == " ".join(words[1:]).encode() + b"\n"


def test_the_next_build_begins_anew(warm: Shim) -> None:
    warm.run("sh", "-c", "echo first >&2", env=ON)
    warm.run("sh", "-c", "echo second >&2", env=ON)
    assert log(warm) == b"second\n"

    warm.run("sh", "-c", ":", env=ON)
    assert log(warm) is None


def test_a_link_in_the_place_of_the_log_is_not_followed(warm: Shim) -> None:
    """The log of before was removed: in a folder that others may write, somebody planted it."""
    theirs = warm.work / "theirs"
    theirs.write_text("old")
    warm.run("sh", "-c", "mkdir -p logs; ln -s ../theirs logs/sh.log; echo new >&2", env=ON)

    assert theirs.read_text() == "old"
    theirs.unlink()


def test_where_no_log_can_be_written_it_is_said_once(shim: Shim) -> None:
    (shim.work / "logs").write_text("a file")
    shim.settings('stderr-logs = "logs"\n')
    env = {"ROCQSHIM_BUILD": "one"}

    first, second = (shim.run("sh", "-c", f"echo {n} >&2; exit 3", env=env) for n in "12")

    place = f"{shim.work}/logs (pyproject.toml:2)"
    assert first.stderr.decode() == f"1\nrocq-exec: no log of stderr: {place}: Not a directory\n"
    assert second.stderr == b"2\n"
    assert (first.returncode, second.returncode) == (3, 3)


def test_what_it_costs_to_import(warm: Shim) -> None:
    extra = {"_thread", "fcntl", "select", "rocqshim.launch.stderr"}

    assert imported(warm, "sh", "-c", ":", env=ON) <= WATCHED | OS | extra
    assert imported(warm, "sh", "-c", ":") <= WATCHED

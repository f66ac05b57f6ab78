"""``rocqshim logs``, and what a broker that systemd has not started writes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from .installed import Installed, eventually

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} rocqshim\[\d+\]: .+")


HUNGRY = """
import sys, time
print("begun", file=sys.stderr, flush=True)
first = bytearray(150 << 20)
time.sleep(0.3)
second = bytearray(150 << 20)
time.sleep(3)
"""


def log_of(here: Installed) -> str:
    """The file, read as it is."""
    path = Path(str(here.env["XDG_STATE_HOME"])) / "rocqshim/broker.log"
    return path.read_text() if path.exists() else ""


def said(here: Installed) -> list[str]:
    """What follows the time and the process."""
    return [line.partition("]: ")[2] for line in log_of(here).splitlines()]


def test_a_broker_from_its_start_to_its_end(here: Installed) -> None:
    here.settings('memory-max = "2G"\nio-weight = 100\ncpu-quota = "infinity"\ntasks-max = 200')
    here.job("true", env={"ROCQSHIM_BUILD": "one"}).communicate()
    pid, (socket_path,) = here.broker(), here.sockets()
    here.run("stop", "--broker")

    started, build, opened, closed, ended = said(here)
    assert re.fullmatch(rf"version \S+ started: pid {pid}, socket {socket_path}", started)
    assert build == "rocq-work.slice: build one began"
    assert opened.startswith(
        "rocq-work.slice: opened (watchdog): memory-max 2G, memory-swap-max 0, tasks-max 200; "
    ), opened
    assert "are not enforced: no usable cgroup v2; sampling every 0.2 s" in opened
    assert closed == "rocq-work.slice: closed"
    assert re.fullmatch(r"ended: process \d+ asked for it", ended)
    assert all(LINE.fullmatch(line) for line in log_of(here).splitlines())


def test_nothing_for_a_job_that_just_ends(here: Installed) -> None:
    here.job("true").communicate()
    before = log_of(here)

    for word in ("true", "false", "true"):
        here.job(word).communicate()

    assert log_of(here) == before != ""


def test_why_it_ended(here: Installed) -> None:
    here.job("true", env={"ROCQSHIM_IDLE": "1"}).communicate()
    eventually(lambda: not here.sockets())
    here.job("true").communicate()
    os.kill(here.broker(), signal.SIGTERM)
    eventually(lambda: not here.sockets())

    ends = eventually(lambda: [line for line in said(here) if line.startswith("ended")][1:])
    assert ends == ["ended: it was sent SIGTERM"]
    assert "ended: nothing was asked for 1 s" in said(here)


def test_kills_and_new_limits(here: Installed) -> None:
    here.settings('memory-max = "1G"')
    job = here.job("sleep", "61")
    eventually(here.jobs)
    here.run("stop")
    job.communicate()
    here.settings('memory-max = "2G"')
    here.job("true").communicate()

    lines = said(here)
    assert "rocq-work.slice: sleep: cancelled by rocqshim stop" in lines
    assert any(
        line.startswith("rocq-work.slice: new limits (watchdog): memory-max 2G") for line in lines
    )


def test_a_file_that_is_repeated(here: Installed) -> None:
    here.settings('memory-max = "200M"\nmemory-swap-max = "infinity"')
    env = {"ROCQSHIM_RETRIES": "1", "ROCQSHIM_STDERR_LOGS": "logs"}
    here.write("coqc", f"#!{sys.executable}\n{HUNGRY}").chmod(0o755)
    here.write("a.v", "")
    done = here.job("./coqc", "a.v", env=env)
    _, err = done.communicate(timeout=60)

    lines = [line for line in err.splitlines() if line.startswith("rocq-exec: ")]
    told = [line.removeprefix("rocq-exec: ") for line in lines if "out of memory" in line]
    (log,) = (here.work / "logs").iterdir()
    assert log.read_text() == "".join(
        f"{line}\n" for line in ("begun", "rocq-exec: attempt 2", "begun")
    )
    assert len(told) == 2
    assert [line for line in said(here) if "out of memory" in line] == [
        f"rocq-work.slice: {line}" for line in told
    ]


def test_garbage_is_named_with_who_sent_it(here: Installed) -> None:
    here.job("true").communicate()
    with socket.socket(socket.AF_UNIX) as odd:
        odd.connect(str(here.sockets()[0]))
        odd.sendall(b"GET / HTTP/1.1\r\n\r\n")
        odd.recv(1)

    fact = f"process {os.getpid()} does not speak our protocol: not a frame length: "
    assert [line for line in said(here) if line.startswith(fact)]


def test_a_history_that_cannot_be_written(here: Installed) -> None:
    """Said once a build, and once in the log."""
    path = Path(str(here.env["XDG_STATE_HOME"])) / "rocqshim/history.sqlite3"
    path.mkdir(parents=True)
    errors = []
    for build in ("one", "one", "two"):
        job = here.job("true", env={"ROCQSHIM_BUILD": build})
        errors.append(job.communicate()[1])

    fact = f"The history {path} cannot be written: "
    assert [error.count(f"rocq-exec: {fact}") for error in errors] == [1, 0, 1]
    assert len([line for line in said(here) if line.startswith(fact)]) == 1


def test_a_log_that_cannot_be_written_is_no_problem(here: Installed) -> None:
    path = Path(str(here.env["XDG_STATE_HOME"])) / "rocqshim/broker.log"
    path.mkdir(parents=True)

    assert here.job("false").wait(30) == 1
    path.rmdir()
    here.settings('memory-max = "1G"')  # another line
    assert here.job("false").wait(30) == 1

    assert any("new limits" in line for line in said(here))


# The command ---------------------------------------------------------------------------------


def written(here: Installed, text: str, ending: str = "") -> None:
    path = Path(str(here.env["XDG_STATE_HOME"])) / f"rocqshim/broker.log{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def lines_at(*times: float) -> str:
    stamps = (time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(each)) for each in times)
    return "".join(f"{stamp} rocqshim[7]: line {n}\n" for n, stamp in enumerate(stamps))


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ([], [0, 1, 2, 3]),
        (["-n", "2"], [2, 3]),
        (["-n", "0"], []),
        (["--since", "3h"], [2, 3]),
        (["--since", "90 min ago"], [3]),
        (["--since", "3h", "-n", "1"], [3]),
        (["--since", "1 s"], []),
    ],
)
def test_the_lines_that_are_asked_for(here: Installed, words: list[str], shown: list[int]) -> None:
    now = time.time()
    text = lines_at(now - 90_000, now - 14_000, now - 7000, now - 3600).splitlines(keepends=True)
    written(here, "".join(text[:2]), ".1")
    written(here, "".join(text[2:]))

    done = here.run("logs", *words)

    assert done.returncode == 0
    assert done.stdout == "".join(text[number] for number in shown)


def test_the_log_of_a_broker_that_hangs(here: Installed) -> None:
    here.job("true").communicate()
    broker = here.broker()
    os.kill(broker, signal.SIGSTOP)

    done = here.run("logs")
    os.kill(broker, signal.SIGCONT)

    assert (done.returncode, done.stderr) == (0, "")
    assert f"started: pid {broker}, " in done.stdout


def test_nothing_is_there(here: Installed) -> None:
    done = here.run("logs")

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("Nothing of that is logged in /")


@pytest.mark.parametrize("words", [["--since", "soon"], ["-n", "x"], ["-n", "-1"], ["more"]])
def test_what_is_asked_wrongly(here: Installed, words: list[str]) -> None:
    done = here.run("logs", *words)

    assert done.returncode in (1, 2) and not done.stdout
    assert "Traceback" not in done.stderr and done.stderr


def test_follow(here: Installed) -> None:
    """Also over the move of a full file, and from before there is one."""
    path = Path(str(here.env["XDG_STATE_HOME"])) / "rocqshim/broker.log"
    shown = here.start("logs", "-f")
    assert shown.stdout
    timer = threading.Timer(60, shown.kill)
    timer.start()
    time.sleep(0.3)
    written(here, "one\n")
    assert shown.stdout.readline() == "one\n"

    with path.open("a") as file:
        file.write("two\n")
    path.rename(f"{path}.1")
    written(here, "three\n")

    assert [shown.stdout.readline() for _ in range(2)] == ["two\n", "three\n"]
    shown.send_signal(signal.SIGINT)
    assert shown.wait(10) == 130
    timer.cancel()


# The file ------------------------------------------------------------------------------------

MANY = """
import os, sys
from rocqshim.broker import log
log.LARGEST = 20_000
log.open_log(os.environ)
for number in range(int(sys.argv[1])):
    log.LOG.info("line %d of %s", number, sys.argv[2])
"""
FAILING = """
import asyncio, os
from rocqshim.broker import log
log.open_log(os.environ)

async def fail():
    raise ValueError("odd\\nthing")

async def main():
    for _ in range(20):
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    await asyncio.sleep(0.1)
    try:
        await fail()
    except ValueError:
        log.LOG.exception("serving")

asyncio.run(main())
"""


def python(here: Installed, script: str, *words: str) -> subprocess.Popen[str]:
    """A process that logs as the broker does."""
    return here.popen([sys.executable, "-c", script, *words], cwd=Path(__file__).parents[2])


def test_it_is_bounded_and_moved_once(here: Installed) -> None:
    """Also by several brokers at the same time; and no line is cut."""
    for process in [python(here, MANY, "3000", name) for name in "abc"]:
        process.communicate(timeout=60)

    folder = Path(str(here.env["XDG_STATE_HOME"])) / "rocqshim"
    assert sorted(path.name for path in folder.iterdir()) == ["broker.log", "broker.log.1"]
    for path in folder.iterdir():
        # Some lines more, where the one that moves it loses its processor in between.
        assert path.stat().st_size < 60_000 < 3 * 3000 * 60
        assert all(LINE.fullmatch(line) for line in path.read_text().splitlines())


def test_an_unexpected_error_has_a_report_and_one_line(here: Installed) -> None:
    python(here, FAILING).communicate(timeout=60)

    reports = list(Path(str(here.env["TMPDIR"])).glob("rocqshim-report-*.md"))
    lines = said(here)
    assert len(lines) == 21
    assert len(reports) == 5  # the same error again and again is no news
    assert str(reports[0]) in "".join(lines) and "ZeroDivisionError" in lines[0]
    assert "Traceback" in reports[0].read_text()

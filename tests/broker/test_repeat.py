"""Jobs that ran out of memory run again; nothing else does. The watchdog's own kills are proof."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from launcher.processes import eventually
from launcher.shim import Shim

MIB = 1 << 20
# holds MB for a while, then writes what a compiler would; notes each of its runs.
HOG = """\
#!/usr/bin/env python3
import os, sys, time
stem, megabytes, seconds = sys.argv[3][:-2], int(sys.argv[1]), float(sys.argv[2])
with open(f"{stem}.runs", "a") as runs:
    left = [end for end in ("glob", "vo") if os.path.exists(f"{stem}.{end}")]
    print(os.environ.get("OCAMLRUNPARAM", "-"), *left, file=runs)
open(f"{stem}.glob", "w").write("unfinished")
if os.path.exists(f"{stem}.early"):
    open(f"{stem}.vo", "wb").write(b"Coq!0000" + bytes(7) + b"1" + bytes(100))
lean = os.environ.get("OCAMLRUNPARAM", "").startswith("s=")
held = bytearray(b"x") * ((megabytes - (100 if lean else 0)) << 20)
time.sleep(seconds)
open(f"{stem}.vo", "wb").write(b"Coq!0000" + bytes(7) + b"1" + bytes(100))
"""


@pytest.fixture
def hogs(shim: Shim) -> Shim:
    """A project with room for 290 MB, and a compiler ``coqc MB SECONDS FILE``."""
    shim.program("coqc", HOG)
    shim.settings('memory-max = "300M"\n')
    shim.env["ROCQSHIM_CPU_QUOTA"] = "infinity"
    return shim


def start(shim: Shim, name: str, megabytes: int, seconds: float) -> subprocess.Popen[bytes]:
    (shim.work / f"{name}.v").touch()
    return shim.start("coqc", str(megabytes), str(seconds), f"{name}.v")


def runs(shim: Shim, name: str) -> list[str]:
    return (shim.work / f"{name}.runs").read_text().splitlines()


def killed(stderr: bytes) -> list[str]:
    """What was said of jobs that were killed; the first job's lines also tell of the backend."""
    return [line for line in stderr.decode().splitlines() if "killed, out of" in line]


def attempts(shim: Shim) -> list[tuple[str, int, str]]:
    return sorted((row["file"], row["attempt"], row["verdict"]) for row in shim.history())


def test_all_succeed_where_not_all_have_room_at_once(hogs: Shim) -> None:
    names = ["a", "b", "c", "d"]
    processes = [start(hogs, name, 150, 1.5) for name in names]

    ended = [process.communicate(timeout=60) for process in processes]

    assert [process.returncode for process in processes] == [0] * 4, ended
    assert all((hogs.work / f"{name}.vo").exists() for name in names)
    rows = eventually(lambda: hogs.history() if len(hogs.history()) >= 5 else [])
    assert sorted(row["file"] for row in rows if row["verdict"] == "success") == [
        f"{name}.v" for name in names
    ]
    failed = [row for row in rows if row["verdict"] != "success"]
    assert {row["verdict"] for row in failed} == {"oom-slice"}
    # Each repeat is told of in one line, and stdout is the compiler's alone.
    told = [line for _, err in ended for line in killed(err)]
    assert all(out == b"" for out, _ in ended)
    assert all("It runs again" in line for line in told)
    assert len(told) == len(failed)


def test_the_second_time_nobody_is_killed(hogs: Shim) -> None:
    for _ in range(2):
        processes = [start(hogs, name, 150, 1.0) for name in "abc"]
        assert [process.wait(60) for process in processes] == [0] * 3
    rows = eventually(lambda: hogs.history() if hogs.history()[-1]["verdict"] else [])

    second = rows[-3:]
    assert {row["verdict"] for row in second} == {"success"}
    assert {row["attempt"] for row in second} == {1}
    assert all(150 * MIB < row["reservation"] < 200 * MIB for row in second)


def test_what_was_left_is_gone_before_it_runs_again(hogs: Shim) -> None:
    (hogs.work / "big.early").touch()  # killed with a whole .vo: that goes as well
    process = start(hogs, "big", 350, 1.0)

    _, err = process.communicate(timeout=60)

    # Alone from the start, it only has a small minor heap to win, and that helps.
    assert (process.returncode, runs(hogs, "big")) == (0, ["-", "s=4M,o=120"]), err
    assert b"It runs again with a smaller minor heap." in err
    eventually(lambda: attempts(hogs) == [("big.v", 1, "oom-slice"), ("big.v", 2, "success")])
    assert [row["lean"] for row in hogs.history()] == [0, 1]


def test_what_can_never_succeed_fails_and_says_what_it_needs(hogs: Shim) -> None:
    process = start(hogs, "big", 900, 1.0)

    _, err = process.communicate(timeout=60)

    assert process.returncode == -signal.SIGKILL
    first, last = killed(err)
    assert "It runs again" in first
    assert "It was tried 2 times, at last with a small minor heap, and needs more than " in last
    assert last.endswith("Raise memory-max.")
    assert not (hogs.work / "big.vo").exists()


def test_a_heap_that_the_user_chose_is_left_alone(hogs: Shim) -> None:
    hogs.env["OCAMLRUNPARAM"] = "v=0"
    process = start(hogs, "big", 350, 1.0)

    process.communicate(timeout=60)

    assert process.returncode == -signal.SIGKILL
    assert runs(hogs, "big") == ["v=0"]


def test_switched_off(hogs: Shim) -> None:
    hogs.env["ROCQSHIM_RETRIES"] = "0"
    process = start(hogs, "big", 350, 1.0)

    assert process.wait(60) == -signal.SIGKILL
    assert len(runs(hogs, "big")) == 1


def test_its_own_limit(hogs: Shim) -> None:
    hogs.settings('memory-max = "1G"\njob-memory-max = "200M"\n')
    process = start(hogs, "a", 250, 1.0)

    assert process.wait(60) == 0
    assert eventually(lambda: attempts(hogs)[1:]) == [("a.v", 2, "success")]
    assert attempts(hogs)[0] == ("a.v", 1, "oom-job")


@pytest.mark.parametrize(
    ("script", "status"), [("exit 7", 7), ("kill -9 $$", -9), ("exit 137", 137), ("exit 129", 129)]
)
def test_nothing_else_is_repeated(hogs: Shim, script: str, status: int) -> None:
    done = hogs.run("sh", "-c", f"echo run >> runs; {script}", "a.v")

    assert done.returncode == status
    assert (hogs.work / "runs").read_text() == "run\n"
    assert b"again" not in done.stderr


# They have read their stdin, or done something: it would be a second time, or to no purpose.
@pytest.mark.parametrize("words", [("coqtop",), ("anything", "a.v"), ("coqidetop",)])
def test_only_a_compile_is_repeated(hogs: Shim, words: tuple[str, ...]) -> None:
    script = """#!/bin/sh
    echo run >> runs
    read line || exit 0
    exec python3 -c 'import time; held = bytearray(b"x") * (400 << 20); time.sleep(30)'
    """
    hogs.program(words[0], script)

    process = hogs.start(*words, stdin=subprocess.PIPE)
    _, err = process.communicate(b"line\n", timeout=60)

    assert process.returncode == -signal.SIGKILL
    assert (hogs.work / "runs").read_text() == "run\n"
    assert b"killed, out of memory" in err and b"again" not in err


def test_one_whose_remains_die_slowly_is_repeated_beside_others(hogs: Shim) -> None:
    """Others ask and end while its place is cleared; it keeps its turn."""
    hogs.settings('memory-max = "1G"\njob-memory-max = "200M"\njobs = 2\n')
    hogs.program("coqc.real", HOG)
    hogs.program("coqc", '#!/bin/sh\ncoqc.real "$@"\n')  # its child is what takes the memory
    process = start(hogs, "big", 250, 1.0)
    others = [start(hogs, f"small{number}", 1, 0.3) for number in range(12)]

    assert process.wait(60) == 0
    assert [other.wait(60) for other in others] == [0] * 12


def test_a_launcher_that_was_killed_is_not_waited_for(hogs: Shim) -> None:
    """It dies with its compiler out of memory: nobody is there to run it again."""
    process = start(hogs, "big", 250, 30.0)
    eventually(lambda: [job for job in hogs.jobs() if job["memory"] > 200 * MIB])
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    (row,) = eventually(hogs.history)
    assert row["verdict"] == "cancelled"
    eventually(lambda: not hogs.jobs())
    assert len(runs(hogs, "big")) == 1
    assert hogs.waiting() == 0


# By itself, admission would not start a second one beside one that is seen to use so much.
WRONG = """memory-max = "300M"
[[tool.rocqshim.files]]
match = "*.v"
expected-memory = "50M"
"""


def waiting_for_its_turn(hogs: Shim) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    """One that holds the memory, and one that was killed and waits to be repeated."""
    hogs.settings(WRONG)
    holder = start(hogs, "holder", 200, 60.0)
    eventually(lambda: [job for job in hogs.jobs() if job["memory"] > 190 * MIB])
    again = start(hogs, "again", 200, 0.5)
    eventually(lambda: hogs.waiting() == 1 and is_settled(hogs))
    return holder, again


def is_settled(hogs: Shim) -> bool:
    """It waits. The watchdog may have seen so little of it that it was tried a second time."""
    before = attempts(hogs)
    time.sleep(1)
    is_killed = {verdict for _, _, verdict in before} == {"oom-slice"}
    return is_killed and hogs.waiting() == 1 and attempts(hogs) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_one_that_waits_to_be_repeated(hogs: Shim, number: int) -> None:
    holder, again = waiting_for_its_turn(hogs)

    again.send_signal(number)

    assert again.wait(60) == -number
    eventually(lambda: hogs.waiting() == 0)
    assert len(runs(hogs, "again")) == len(attempts(hogs))
    holder.terminate()
    holder.wait(60)


def test_stop_ends_one_that_waits_to_be_repeated(hogs: Shim) -> None:
    holder, again = waiting_for_its_turn(hogs)

    hogs.ask("stop", all="1")

    assert again.wait(60) == -signal.SIGTERM
    assert holder.wait(60) == -signal.SIGKILL
    eventually(lambda: ("holder.v", 1, "cancelled") in attempts(hogs))
    assert len(runs(hogs, "again")) == len(attempts(hogs)) - 1


def test_a_broker_that_is_killed_meanwhile(hogs: Shim) -> None:
    """The launcher asks a new one for its next attempt."""
    holder, again = waiting_for_its_turn(hogs)
    os.kill(hogs.broker(), signal.SIGKILL)
    time.sleep(0.2)
    holder.terminate()
    holder.wait(60)

    _, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    done = [row for row in hogs.history() if row["file"] == "again.v"]
    assert [row["attempt"] for row in done] == list(range(1, len(done) + 1))
    assert len(done) > 1

"""`par:` workers take their cores from the broker, by coqworkmgr's protocol."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest
from launcher.processes import eventually
from launcher.shim import Shim

PARALLEL = "Goal True. par: auto. Qed."
TELL = 'echo "$COQWORKMGR_SOCK $ROCQWORKMGR_SOCK ${OCAMLRUNPARAM-none}"; read line'


class Manager:
    """A client of the worker manager, as a compiler or its worker is one."""

    def __init__(self, address: str, priority: str) -> None:
        host, _, port = address.partition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=20)
        self._file = self._socket.makefile("rw", newline="\n")
        self.say(f"HELLO {priority}")

    def say(self, line: str) -> None:
        self._file.write(f"{line}\n")
        self._file.flush()

    def ask(self, line: str) -> str:
        self.say(line)
        return self._file.readline().rstrip("\n")

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def started(shim: Shim, text: str, **env: str) -> tuple[subprocess.Popen[bytes], str]:
    """A job that compiles ``text``; and what it says of its environment."""
    (shim.work / "a.v").write_text(text)
    words = ("sh", "-c", TELL, "sh", "a.v")
    process = shim.start(*words, stdin=subprocess.PIPE, env=env)
    assert process.stdout
    return process, process.stdout.readline().decode().rstrip("\n")


@pytest.fixture
def address(shim: Shim) -> Iterator[str]:
    """The manager of a job that runs."""
    shim.env["ROCQSHIM_CPU_QUOTA"] = "200%"
    process, told = started(shim, PARALLEL)
    yield told.split()[0]
    process.communicate(b"\n", timeout=60)


def test_only_a_file_with_par_is_told(shim: Shim) -> None:
    for text, served in (("Goal True. auto. Qed.", False), (PARALLEL, True)):
        process, told = started(shim, text)
        first, *_, heap = told.split() if served else ("", told.strip())

        assert heap == "none"
        assert first.startswith("127.0.0.1:") == served
        process.communicate(b"\n", timeout=60)


@pytest.mark.parametrize("words", [["-async-proofs", "on"], []])
def test_asynchronous_proofs_have_workers_too(shim: Shim, words: list[str]) -> None:
    (shim.work / "a.v").write_text("Goal True. auto. Qed.")

    done = shim.run("sh", "-c", 'echo "${COQWORKMGR_SOCK-none}"', *words, "a.v")

    assert (done.stdout == b"none\n") == (not words)


@pytest.mark.parametrize("name", ["COQWORKMGR_SOCK", "ROCQWORKMGR_SOCK"])
def test_a_manager_of_the_users_own_stays(shim: Shim, name: str) -> None:
    process, told = started(shim, PARALLEL, **{name: "127.0.0.1:1"})

    assert told.split() == ["127.0.0.1:1", "none"]
    process.communicate(b"\n", timeout=60)


def test_the_main_process_asks_for_its_workers(address: str) -> None:
    """By one connection, its own core first: that is the job's. It is never let wait."""
    main = Manager(address, "LOW")
    assert [(main.ask("GET 1"), extra(address)) for _ in range(4)] == [
        ("TOKENS 1", 0),
        ("TOKENS 1", 0),  # the first worker: the main process waits, and it has that one's core
        ("TOKENS 1", 1),
        ("TOKENS 1", 2),  # two cores; but see broker/workers.py
    ]

    for _ in range(3):
        main.say("GIVEBACK 1")
    eventually(lambda: extra(address) == 0)
    main.say("GIVEBACK 1")
    assert [(main.ask("GET 1"), extra(address)) for _ in range(2)] == [("TOKENS 1", 0)] * 2


def extra(address: str) -> int:
    """Cores of workers beside those of their jobs, as the broker says."""
    return int(Manager(address, "LOW").ask("PING").split()[1])


def test_who_only_tries_may_be_refused(address: str) -> None:
    first, second = (Manager(address, "HIGH") for _ in range(2))
    assert first.ask("TRYGET 9") == "TOKENS 2"
    assert second.ask("TRYGET 1") == "NOLUCK"
    first.say("GIVEBACK 1")
    eventually(lambda: second.ask("TRYGET 1") == "TOKENS 1")
    first.close()

    eventually(lambda: second.ask("TRYGET 1") == "TOKENS 1")


def test_workers_and_jobs_share_the_cores(shim: Shim, address: str) -> None:
    """Two cores: while two workers of one job run, no second job starts."""
    worker = Manager(address, "HIGH")
    assert worker.ask("GET 2") == "TOKENS 2"
    second = shim.start("sh", "-c", "echo second")
    eventually(lambda: shim.waiting() == 1)

    worker.close()

    assert second.communicate(timeout=60)[0] == b"second\n"


@pytest.mark.parametrize(
    "line", ["", "HELLO", "GET", "GET x", "GET 0", "GET -1", "TRYGET 9999999", "x" * 999, "\0"]
)
def test_rubbish_ends_the_connection_and_nothing_else(address: str, line: str) -> None:
    assert Manager(address, "HIGH").ask(line) == ""

    host, pid = Manager(address, "LOW").ask("PING").split()[0::3]
    assert host == "PONG"
    assert int(pid) > 0


def test_the_port_goes_with_the_job(shim: Shim) -> None:
    process, told = started(shim, PARALLEL)
    process.communicate(b"\n", timeout=60)

    def gone() -> bool:
        try:
            Manager(told.split()[0], "LOW")
        except OSError:
            return True
        return False

    eventually(gone)


# A real compiler ----------------------------------------------------------------------------

# Not `repeat split`: that proves 1 = 1 by itself, and nothing is left for workers.
REAL = """\
Goal (1 = 1 /\\ 2 = 2) /\\ (3 = 3 /\\ 4 = 4).
split; split.
par: (do 200000 idtac); reflexivity.
Qed.
"""


@pytest.fixture
def real(shim: Shim) -> Shim:
    if not shutil.which("coqc"):
        pytest.skip("there is no coqc here: apt-get install coq")
    (shim.work / "a.v").write_text(REAL)
    return shim


@pytest.mark.parametrize("quota", ["100%", "200%", "infinity"])
def test_par_with_a_real_compiler(real: Shim, quota: str) -> None:
    real.env["ROCQSHIM_CPU_QUOTA"] = quota

    processes = [real.start("coqc", "-q", name) for name in copies(real, 3)]

    assert [process.wait(60) for process in processes] == [0, 0, 0]


def copies(real: Shim, count: int) -> list[str]:
    names = [f"c{number}.v" for number in range(count)]
    for name in names:
        (real.work / name).write_text(REAL)
    return names


def test_a_broker_that_is_killed_breaks_no_compile(real: Shim) -> None:
    """The compiler dies of SIGPIPE then (8.16), or loses a worker: it is run once more."""
    processes = [real.start("coqc", "-q", name) for name in copies(real, 3)]
    eventually(lambda: [job for job in real.jobs() if job["pids"]])
    os.kill(real.broker(), signal.SIGKILL)

    assert [process.wait(60) for process in processes] == [0, 0, 0]

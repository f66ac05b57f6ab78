"""Editors' servers and toplevels: their traffic, the queue, a broker that is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rocqshim.shims.folder import renew

from .processes import eventually, is_alive
from .shim import Shim

# A language server that reads frames as they come, and answers each with its bytes turned round.
SERVER = """\
import os, sys
def read(n):
    data = b""
    while len(data) < n:
        part = os.read(0, n - len(data))
        if not part:
            sys.exit(7)
        data += part
    return data
os.write(2, b"log \\xff\\0\\r\\n")
while True:
    head = b""
    while not head.endswith(b"\\r\\n\\r\\n"):
        head += read(1)
    body = read(int(head.split()[1]))
    if body == b"exit":
        sys.exit(3)
    answer = head + body[::-1]
    while answer:
        answer = answer[os.write(1, answer):]
"""
SIZES = (0, 1, 2, 4095, 4096, 4097, 65535, 65537, 300_000)


@pytest.fixture
def server(shim: Shim) -> Shim:
    """``coq-lsp`` in PATH, and a launcher of its name in ``launchers``."""
    (shim.folder / "server.py").write_text(SERVER)
    shim.program("coq-lsp", f'#!/bin/sh\nexec {sys.executable} -S {shim.folder}/server.py "$@"\n')
    renew(shim.folder / "launchers", {"coq-lsp": f"{shim.folder}/bin/coq-lsp"})
    return shim


Start = Callable[[Shim], subprocess.Popen[bytes]]
WAYS: dict[str, Start] = {
    "rocq-exec": lambda shim: shim.start("coq-lsp", "--x", stdin=subprocess.PIPE),
    "launcher": lambda shim: shim.popen(
        [f"{shim.folder}/launchers/coq-lsp", "--x"], stdin=subprocess.PIPE
    ),
}


def ask(process: subprocess.Popen[bytes], body: bytes) -> bytes:
    assert process.stdin and process.stdout
    head = b"Content-Length: %d\r\n\r\n" % len(body)
    # From a thread: a body is larger than both pipes.
    writer = threading.Thread(target=write, args=(process, head + body))
    writer.start()
    assert process.stdout.read(len(head)) == head
    answer = process.stdout.read(len(body))
    writer.join()
    return answer


def write(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin
    process.stdin.write(data)
    process.stdin.flush()


def end(process: subprocess.Popen[bytes]) -> None:
    """Tell it to end; not a byte more than was asked for has come."""
    out, err = process.communicate(b"Content-Length: 4\r\n\r\nexit", timeout=60)
    assert (process.returncode, out, err) == (3, b"", b"log \xff\0\r\n")


@pytest.mark.parametrize("way", WAYS)
def test_every_byte_both_ways(server: Shim, way: str) -> None:
    process = WAYS[way](server)
    odd = random.Random(7)

    for size in SIZES:
        body = odd.randbytes(size)
        assert ask(process, body) == body[::-1]
    assert ask(process, bytes(range(256)) * 4) == bytes(range(255, -1, -1)) * 4

    end(process)
    (job,) = eventually(server.history)
    assert (job["kind"], job["file"], job["verdict"]) == ("interactive", "coq-lsp", "exit-code")


def test_it_survives_a_broker_that_is_killed(server: Shim) -> None:
    process = WAYS["launcher"](server)
    assert ask(process, b"before") == b"erofeb"
    first = server.broker()

    os.kill(first, signal.SIGKILL)
    eventually(lambda: not is_alive(first))
    assert ask(process, b"between") == b"neewteb"
    eventually(lambda: server.broker() not in (0, first) and server.jobs())
    assert ask(process, b"after") == b"retfa"

    end(process)
    (job,) = eventually(server.history)
    assert job["kind"] == "interactive"


def test_a_closed_editor_ends_it(server: Shim) -> None:
    process = WAYS["launcher"](server)
    ask(process, b"x")

    process.communicate(timeout=60)

    assert process.returncode == 7
    eventually(lambda: not server.jobs())


def test_it_waits_for_no_build_and_no_build_for_it(server: Shim) -> None:
    """jobs = 1, and two that wait: the server starts at once, and takes no place."""
    server.settings("jobs = 1\n")
    build = server.start("sh", "-c", "read line", stdin=subprocess.PIPE)
    eventually(server.jobs)
    queued = [server.start("sh", "-c", "exit 4") for _ in range(2)]
    eventually(lambda: server.waiting() == 2)

    process = WAYS["rocq-exec"](server)

    assert ask(process, b"at once") == b"ecno ta"
    assert server.waiting() == 2
    build.communicate(b"\n", timeout=60)
    for each in queued:
        each.communicate(timeout=60)
        assert each.returncode == 4
    end(process)


@pytest.mark.parametrize("words", [("coqtop",), ("rocq", "repl"), ("coqidetop.opt", "-q")])
def test_toplevels_too(shim: Shim, words: tuple[str, ...]) -> None:
    shim.settings("jobs = 1\n")
    shim.program(words[0], "#!/bin/sh\nread line\necho $line\n")
    build = shim.start("sh", "-c", "read line", stdin=subprocess.PIPE)
    eventually(shim.jobs)

    process = shim.start(*words, stdin=subprocess.PIPE)
    assert process.communicate(b"Check O.\n", timeout=60)[0] == b"Check O.\n"

    build.communicate(b"\n", timeout=60)


def test_a_batch_toplevel_queues(shim: Shim) -> None:
    shim.settings("jobs = 1\n")
    shim.program("coqtop", "#!/bin/sh\n")
    build = shim.start("sh", "-c", "read line", stdin=subprocess.PIPE)
    eventually(shim.jobs)

    process = shim.start("coqtop", "-batch", "-l", "a.v")
    eventually(lambda: shim.waiting() == 1)

    build.communicate(b"\n", timeout=60)
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_compiler_is_killed_before_it(server: Shim) -> None:
    """The kernel's choice: oom_score_adj of the server is below that of every compiler."""
    build = server.start("sh", "-c", "read line", stdin=subprocess.PIPE)
    eventually(server.jobs)
    process = WAYS["launcher"](server)
    ask(process, b"x")
    pids = {job["file"]: job["pid"] for job in server.jobs()}

    own = int(Path("/proc/self/oom_score_adj").read_text())
    adj = {name: int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for name, pid in pids.items()}

    assert adj["coq-lsp"] == own
    assert adj["sh"] >= min(own + 600, 1000)
    build.communicate(b"\n", timeout=60)
    end(process)

"""Whatever is sent to the broker: it stays, it serves the others, it complains to nobody."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from subprocess import PIPE

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from launcher.processes import eventually, is_alive
from launcher.shim import Shim

from rocqshim.launch.wire import MAX_FRAME, encode

RANDOM = random.Random(1)
CWD = ("cwd", "/")
GARBAGE = {
    "nothing": b"",
    "random bytes": RANDOM.randbytes(1000),
    "a megabyte of random bytes": RANDOM.randbytes(1_000_000),
    "a megabyte without a newline": b"x" * 1_000_000,
    "a line": b"hello\n",
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a negative length": b"-1\njob",
    "a huge length": b"%d\n" % (MAX_FRAME + 1),
    "10^20": b"100000000000000000000\n",
    "5000 digits": b"9" * 5000 + b"\n",
    "half a frame": b"100\njob\0cwd=/",
    "an empty frame": b"0\n",
    "a field without a key": b"9\njob\0nokey",
    "an unknown verb": encode("tea", []),
    "an end without a job": encode("end", [("status", "0")]),
    "a child without a job": encode("child", [("pid", "1")]),
    "a job without anything": encode("job", []),
    "a job whose environment is none": encode("job", [CWD, ("env", "no equals sign")]),
    "a job in no folder": encode("job", [("cwd", "/nonexistent/\n\udcff")]),
    "a job with 200000 fields": encode("job", [CWD, *([("arg", "x")] * 200_000)]),
    "a job with 200000 keys": encode("job", [CWD, *((f"k{n}", "x") for n in range(200_000))]),
    "a job, then noise": encode("job", [CWD]) + b"noise\n",
    "a job, then half a child": encode("job", [CWD]) + b"100\nchild\0pid=",
    "a child that is no number": encode("job", [CWD]) + encode("child", [("pid", "x")]),
    "a child that is init": encode("job", [CWD]) + encode("child", [("pid", "1")]),
    "adopt without a job": encode("adopt", [CWD]),
    "adopt with an odd name": encode("adopt", [CWD, ("job", "rocq-x.slice/job-x"), ("pid", "9")]),
    "adopt with a path": encode("adopt", [CWD, ("job", "../../../etc"), ("pid", "9")]),
    "adopt with an odd pid": encode("adopt", [CWD, ("job", "rocq-x.slice/job-1"), ("pid", "x")]),
    "adopt of init": encode("adopt", [CWD, ("job", "rocq-x.slice/job-1"), ("pid", "1")]),
    "status without a folder": encode("status", []),
    "status with an odd environment": encode("status", [("env", "x")]),
    "stop in no folder": encode("stop", [("cwd", "/nonexistent")]),
    "a summary of nothing": encode("summary", [CWD, ("build", "none")]),
}


def send(world: Shim, data: bytes) -> socket.socket:
    """Connect and send; the connection stays open until the caller closes it."""
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(20)
    made.connect(str(world.sockets[0]))
    with contextlib.suppress(OSError):  # the broker may have had enough of it
        made.sendall(data)
    return made


def assert_well(world: Shim, broker: int) -> None:
    """The same broker serves a job, and has met nothing unexpected."""
    done = world.run("sh", "-c", "exit 3")
    assert (done.returncode, done.stderr) == (3, b"")
    assert world.broker() == broker
    assert "unexpected" not in log(world) and "Traceback" not in log(world)
    assert eventually(lambda: world.jobs() == [])


def log(world: Shim) -> str:
    return (world.folder / "state/rocqshim/broker.log").read_text()


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize("stays", [False, True], ids=["and goes", "and stays"])
def test_garbage(warm: Shim, data: bytes, stays: bool) -> None:
    broker = warm.broker()
    sent = send(warm, data)
    if not stays:
        sent.close()

    assert_well(warm, broker) if not stays else assert_serves(warm, broker)

    sent.close()
    assert_well(warm, broker)


def assert_serves(world: Shim, broker: int) -> None:
    """While the odd client is still connected."""
    assert world.run("sh", "-c", "exit 3").returncode == 3
    assert world.broker() == broker


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.binary(max_size=200) | st.sampled_from(list(GARBAGE.values())[5:]), max_size=3))
def test_any_garbage(warm: Shim, parts: list[bytes]) -> None:
    broker = warm.broker()

    send(warm, b"".join(part[:2000] for part in parts)).close()

    assert warm.broker() == broker
    assert "unexpected" not in log(warm) and "Traceback" not in log(warm)


def test_many_odd_clients_at_once(warm: Shim) -> None:
    broker = warm.broker()
    clients = [send(warm, data) for data in GARBAGE.values() for _ in range(4)]

    assert_serves(warm, broker)

    for client in clients:
        client.close()
    assert_well(warm, broker)


def test_a_child_of_somebody_else_is_not_taken(warm: Shim) -> None:
    """A pid of another PID namespace means another process here, which would be killed."""
    parent = warm.popen(["sh", "-c", "sleep 60 & echo $!; read line; kill $!"], stdin=PIPE)
    assert parent.stdout
    bystander = int(parent.stdout.readline())
    job = encode("job", [("cwd", str(warm.work))])
    client = send(warm, job + encode("child", [("pid", str(bystander)), ("placed", "")]))
    client.recv(1000)
    eventually(warm.jobs)

    client.close()

    eventually(lambda: warm.jobs() == [])
    assert is_alive(bystander)
    parent.communicate(b"\n", timeout=60)


def test_a_silent_client_does_not_keep_it(shim: Shim) -> None:
    shim.env["ROCQSHIM_IDLE"] = "1"
    shim.run("true")
    broker = shim.broker()

    client = send(shim, b"100\nhalf a frame")

    eventually(lambda: not is_alive(broker))
    client.close()
    assert shim.left() == []


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be somebody else")
@pytest.mark.parametrize("opened", [False, True], ids=["as it is", "made open to all"])
def test_other_users_are_not_served(shim: Shim, opened: bool) -> None:
    """They cannot get to the socket; and if they could, they would get no answer."""
    shim.run("true")
    path = shim.sockets[0]
    if opened:
        for each in (shim.folder, shim.folder / "run", path.parent, path):
            each.chmod(0o777)
    request = encode("status", [("all", "1")])
    script = (
        f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({str(path)!r}); "
        f"s.sendall({request!r}); print(s.recv(10))"
    )

    done = shim.bare("setpriv", "--reuid=65534", "--clear-groups", "python3", "-S", "-c", script)

    if opened:
        assert done.stdout in (b"", b"b''\n")  # closed before or after it could be asked
        assert b"PermissionError" not in done.stderr
    else:
        assert b"PermissionError" in done.stderr
    assert shim.ask("status", all="1")

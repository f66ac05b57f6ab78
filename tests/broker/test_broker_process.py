"""The broker as a process: what it has of the build that started it, which is nothing."""

from __future__ import annotations

import contextlib
import os
import resource
import signal

from launcher.processes import eventually, fields_of, is_alive
from launcher.shim import Shim


def links_of(pid: int) -> dict[str, str]:
    """What each descriptor of a process is; one that it closes meanwhile is left out."""
    links = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            links[name] = os.readlink(f"/proc/{pid}/fd/{name}")
    return links


def test_what_it_inherits(shim: Shim) -> None:
    """Nothing of the build that started it: no folder, stream, variable of make, nor session."""
    env = {"MAKEFLAGS": "-j4", "ROCQSHIM_JOBS": "3", "MAKELEVEL": "1", "SLURM_STEP_ID": "1"}
    readable, writable = os.pipe()
    shim.run("true", env=env, pass_fds=(readable, writable))
    broker = shim.broker()
    os.close(readable), os.close(writable)

    with open(f"/proc/{broker}/environ", "rb") as file:
        names = {entry.partition(b"=")[0].decode() for entry in file.read().split(b"\0")}
    assert not names & set(env)
    assert os.readlink(f"/proc/{broker}/cwd") == "/"
    assert fields_of(broker)[3] != fields_of(os.getpid())[3]
    assert fields_of(broker)[1] != str(os.getpid())
    links = links_of(broker)
    assert (links["0"], links["1"]) == ("/dev/null", "/dev/null")
    assert links["2"].endswith(".log")
    assert not [link for link in links.values() if link.startswith("pipe:")]


def test_started_for_a_job_that_blocks_signals(shim: Shim) -> None:
    """A broker that inherits a blocked TERM could not be told to go."""
    blocked = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
    shim.run("true", preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, blocked))
    broker = shim.broker()

    os.kill(broker, signal.SIGTERM)

    eventually(lambda: not is_alive(broker))


def test_it_may_hold_many_connections(shim: Shim) -> None:
    """`ulimit -n` of the build is not its: whom it cannot accept would take it for dead."""
    few = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 4096))}
    processes = [shim.start("sleep", "1", **few) for _ in range(30)]

    for process in processes:
        assert process.communicate(timeout=60) == (b"", b"")
        assert process.returncode == 0
    assert resource.prlimit(shim.broker(), resource.RLIMIT_NOFILE) == (4096, 4096)

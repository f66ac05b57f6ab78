"""What a program inherits is the same with the launcher between it and its caller."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from .compare import FACTS, both, facts
from .processes import fields_of
from .shim import Shim

# The shell commands after which the call is made, bare and launched.
AROUND = {
    "nothing": "",
    "umask": "umask 027",
    "rlimits": "ulimit -n 123; ulimit -c 0; ulimit -s 4096; ulimit -t 1000",
    "INT and QUIT ignored, as for a background job": "trap '' INT QUIT",
    "HUP ignored, as by nohup": "trap '' HUP",
    "TERM ignored": "trap '' TERM",
    "USR1 and ALRM ignored": "trap '' USR1 ALRM",
    "TSTP ignored": "trap '' TSTP TTIN TTOU",
}
OPEN = 'for each in /proc/$$/fd/*; do echo "${each##*/} $(readlink "$each")"; done >&2'
OPENED = {
    "nothing": "",
    "a file and a pipe": 'exec 3<"$HOME/.." 4>/dev/null 9<&4',
    "stdin closed": "exec 0<&-",
    "stdout closed": "exec 1>&-",
    "stdin and stdout closed": "exec 0<&- 1>&-",
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_process_attributes(warm: Shim, around: str) -> None:
    bare, launched = both(warm, *FACTS, around=around)

    assert len(facts(bare)) > 20
    assert facts(launched) == facts(bare)
    assert (launched.status, launched.stderr) == (0, b"")
    assert (facts(bare) == facts(both(warm, *FACTS)[0])) == (not around)  # it did change something


def test_chld_ignored(warm: Shim) -> None:
    """dash cannot do that. A launcher that leaves it so could not wait for its child."""
    ignore = {"preexec_fn": lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)}
    bare, launched = both(warm, *FACTS, **ignore)

    assert facts(launched) == facts(bare) != facts(both(warm, *FACTS)[0])
    assert warm.run("sh", "-c", "exit 5", **ignore).returncode == 5


@pytest.mark.parametrize("probe", [False, True], ids=["job", "probe"])
def test_blocked_signals_stay_blocked(warm: Shim, probe: bool) -> None:
    blocked = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR1, signal.SIGRTMIN}
    options = {"preexec_fn": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, blocked)}
    env = {"ROCQSHIM_ENFORCE": "off"} if probe else {}

    bare, launched = both(warm, *FACTS, env=env, **options)

    assert facts(launched) == facts(bare)


def test_nice(warm: Shim) -> None:
    seen = [fields(end.stdout)[16] for end in both(warm, "cat", "/proc/self/stat",
                                                   preexec_fn=lambda: os.nice(7))]  # fmt: skip

    assert seen[0] == seen[1]
    assert int(seen[0]) >= 7


@pytest.mark.parametrize("around", OPENED.values(), ids=OPENED)
def test_descriptors(warm: Shim, around: str) -> None:
    bare, launched = both(warm, "sh", "-c", OPEN, around=around)

    assert unnumbered(launched.stderr) == unnumbered(bare.stderr)
    assert (launched.status, launched.stdout) == (0, b"")


def test_the_jobserver_of_make_is_inherited(warm: Shim) -> None:
    """Its pipe lies on two descriptors that make names in MAKEFLAGS; a token must come through."""
    readable, writable = os.pipe()
    os.write(writable, b"+-")
    script = f"head -c 1 <&{readable}; printf x >&{writable}"

    done = warm.run("bash", "-c", script, pass_fds=(readable, writable))

    os.close(writable)
    assert (done.stdout, done.stderr) == (b"+", b"")
    assert os.read(readable, 10) == b"-x"
    os.close(readable)


def test_nothing_holds_a_pipe_open(shim: Shim) -> None:
    """`make | tee` ends only when every writer is gone: not even a new broker may keep one."""
    readable, writable = os.pipe()
    process = shim.start("true", stdout=writable, stderr=writable, pass_fds=(writable,))
    os.close(writable)
    with os.fdopen(readable, "rb") as file:
        assert file.read() == b""  # returns only when nobody writes any more

    assert process.wait(30) == 0
    assert shim.broker()


@pytest.mark.parametrize("session", [False, True])
def test_process_group_and_session(warm: Shim, session: bool) -> None:
    process = warm.start("cat", "/proc/self/stat", start_new_session=session)
    group, leader, terminal = fields(process.communicate(timeout=60)[0])[2:5]

    mine = fields_of(os.getpid())
    assert [group, leader] == ([str(process.pid)] * 2 if session else mine[2:4])
    assert terminal == ("0" if session else mine[4])


def test_cpu_time_is_reported_to_the_caller(warm: Shim) -> None:
    """`TIMED=1` puts `time` around the launcher: it must see the compiler's time."""
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    script = "import os, subprocess, sys; subprocess.run(sys.argv[1:]); print(sum(os.times()[2:4]))"
    command = [sys.executable, "-c", script, *warm.command(sys.executable, "-S", "-c", burn)]
    done = warm.popen(command, stdout=subprocess.PIPE).communicate(timeout=60)

    assert float(done[0]) > 0.2


def fields(stat: bytes) -> list[str]:
    return stat.decode().rpartition(") ")[2].split()


def unnumbered(text: bytes) -> bytes:
    """The links of /proc/PID/fd without the numbers that differ from run to run."""
    return re.sub(rb"\[\d+\]|/proc/\d+", b"N", text)

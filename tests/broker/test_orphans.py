"""What a killed broker left and nobody claims: ended, unless its launcher may still come."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

import pytest
from launcher.processes import children, eventually, is_alive, state
from launcher.shim import Shim

from rocqshim.broker import orphans
from rocqshim.broker.lifetime import Listening
from rocqshim.broker.orphans import Orphans, has_launcher
from rocqshim.broker.state import Broker


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "GRACE", 0.2)


def look_for_orphans(path: str, seconds: float) -> None:
    """As the broker that comes after a killed one does, for so long."""

    async def look() -> None:
        with socket.socket(socket.AF_UNIX) as unused:
            listening = Listening(path, unused, (0, 0))
            looking = Orphans(Broker(path), listening)
            await asyncio.sleep(seconds)
            await looking.leave()

    asyncio.run(look())


def test_a_suspended_launcher_keeps_its_job(shim: Shim) -> None:
    process = shim.start("sleep", "60", stdout=None, stderr=None)
    (job,) = eventually(children, process.pid)
    assert eventually(lambda: [each["pid"] for each in shim.jobs()]) == [job]
    path = str(shim.sockets[0])
    process.send_signal(signal.SIGSTOP)
    eventually(lambda: state(process.pid) == "T")
    broker = shim.broker()
    os.kill(broker, signal.SIGKILL)
    eventually(lambda: not is_alive(broker))
    os.unlink(path)

    look_for_orphans(path, 1.5)
    assert is_alive(job)

    process.kill()
    process.wait()
    assert is_alive(job)
    look_for_orphans(path, 3)
    eventually(lambda: not is_alive(job))


def test_which_process_is_a_launcher(warm: Shim) -> None:
    process = warm.start("sh", "-c", "sleep 60 & wait")
    (shell,) = eventually(children, process.pid)
    (sleep,) = eventually(children, shell)

    assert has_launcher((shell, sleep))
    assert not has_launcher((sleep,))
    assert not has_launcher(())
    assert not has_launcher((os.getpid(),))
    process.terminate()
    process.communicate()

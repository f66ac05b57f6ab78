"""The broker's process: a transient user service where systemd is, a detached process elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import sys
from pathlib import Path

from rocqshim.backend import BackendError
from rocqshim.backend.bus import Bus, Refused, private_socket
from rocqshim.backend.units import EXISTS
from rocqshim.broker import log
from rocqshim.broker.attributes import set_right
from rocqshim.broker.lifetime import Listening, answers
from rocqshim.cli.crash import write_report
from rocqshim.launch.start import KEPT

SCRIPT = str(Path(__file__).with_name("_start.py"))
PATIENCE = 45.0  # seconds until the service must listen
COLLECTED = 5.0  # seconds until a unit that was killed is gone
PAUSE = 0.02  # seconds between two looks
LOOK = 25  # every so often also whether the service lives


def main(path: str) -> int:
    """Run the broker for the socket ``path``; its stderr is read by the launcher that waits.

    "ready" there means that it listens; anything else is the reason why not.
    """
    try:
        if has_manager() and asyncio.run(_as_service(path)):
            return 0
        from rocqshim.broker.server import run  # not for the process that only starts the service

        set_right()
        listening = Listening.as_only_one(path)
        if listening is None:
            os.write(2, b"ready")
        else:
            asyncio.run(run(listening))
    except OSError as error:
        print(f"{path}: {error.strerror or error}", file=sys.stderr)
        return 1
    except Exception as error:
        if log.is_open():
            log.LOG.exception("the broker ends")
        else:
            print(f"unexpected error: {error}. {write_report(error)}", file=sys.stderr)
        return 3
    return 0


def has_manager() -> bool:
    """Whether the broker will be a service of the user's manager."""
    # In a Slurm allocation even the broker stays inside.
    inside = "SLURM_JOB_ID" in os.environ or "ROCQSHIM_UNIT" in os.environ
    return not inside and os.path.exists(private_socket())


async def _as_service(path: str) -> bool:
    """Start ourselves as a service and wait until it listens; False: do without."""
    bus = Bus()
    try:
        if await _has_started(bus, path):
            os.write(2, b"ready")
            return True
        # Never two of us: also where a manager that was too busy to answer starts it later.
        with contextlib.suppress(BackendError):
            await bus.call("StopUnit", "ss", (unit_name(path), "replace"))
    finally:
        await bus.close()
    return False


async def _has_started(bus: Bus, path: str) -> bool:
    try:
        await _start_unit(bus, path)
        return await _is_heard(bus, path)
    except BackendError:
        return False


async def _start_unit(bus: Bus, path: str) -> None:
    """Start the unit; one that was just killed is in the way for a moment."""
    for _ in range(int(COLLECTED / PAUSE)):
        try:
            await bus.call("StartTransientUnit", "ssa(sv)a(sa(sv))", _unit(path))
            return
        except Refused as error:
            if error.name != EXISTS:
                raise
        if answers(path):
            return
        await asyncio.sleep(PAUSE)
    raise BackendError(f"{unit_name(path)} is in the way")


async def _is_heard(bus: Bus, path: str) -> bool:
    """Wait until the service listens; False when it has ended, or takes too long."""
    unit = str((await bus.call("LoadUnit", "s", (unit_name(path),)))[0])
    for attempt in range(int(PATIENCE / PAUSE)):
        if answers(path):
            return True
        is_time = attempt % LOOK == LOOK - 1
        if is_time and await bus.get(unit, "Unit", "ActiveState") in ("failed", "inactive"):
            return False
        await asyncio.sleep(PAUSE)
    return False


async def stop_service(path: str) -> None:
    """Stop the broker's unit, also one that was killed and is about to be started again."""
    bus = Bus()
    try:
        with contextlib.suppress(BackendError):
            await bus.call("StopUnit", "ss", (unit_name(path), "replace"))
    finally:
        await bus.close()


def unit_name(path: str) -> str:
    """The broker's unit; one for each socket."""
    return f"rocqshim-broker-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}.service"


def _unit(path: str) -> tuple[object, ...]:
    command = [sys.executable, "-I", SCRIPT, path]
    environment = [f"{key}={os.environ[key]}" for key in KEPT if key in os.environ]
    properties = [
        ("Description", ("s", "rocqshim broker: admits, places and records compiler jobs")),
        ("SyslogIdentifier", ("s", "rocqshim")),
        ("CollectMode", ("s", "inactive-or-failed")),
        ("TimeoutStopUSec", ("t", 10_000_000)),
        # Killed together with all its launchers, nobody would ever start another, and the slices
        # that it had would stay.
        ("Restart", ("s", "on-abnormal")),
        ("Environment", ("as", [*environment, "ROCQSHIM_UNIT=1"])),
        ("ExecStart", ("a(sasb)", [(sys.executable, command, False)])),
    ]
    return unit_name(path), "fail", properties, []

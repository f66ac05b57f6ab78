"""What a fake broker may do, at each stage of the conversation; and the world it does it in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .fake_broker import Behaviour, Client, FakeBroker
from .shim import Shim

JOB = ("sh", "-c", "echo ran >> ran; echo out; exit 3")
ONCE = "ran\n"


def after_job(*answers: bytes) -> Behaviour:
    """Hear the job, answer these bytes, and say nothing more until the launcher goes."""

    def behave(client: Client) -> None:
        client.hear()
        for answer in answers:
            client.write(answer)
        client.wait()

    return behave


def closing(*answers: bytes, frames: int = 1) -> Behaviour:
    """Hear so many frames, answer each with the next of these bytes, and close."""

    def behave(client: Client) -> None:
        for number in range(frames):
            client.hear()
            if number < len(answers):
                client.write(answers[number])

    return behave


def frame(body: bytes) -> bytes:
    return b"%d\n%s" % (len(body), body)


GO = frame(b"go\0job=rocq-x.slice/job-1\0procs=\0note=")
PLACED = frame(b"placed")
# Before the compiler was let go: it runs without limits, and that is said once.
BEFORE: dict[str, Behaviour] = {
    "closes at once": lambda client: None,
    "closes after the job": closing(),
    "closes in mid-frame": closing(b"100\ngo\0job"),
    "closes after the head": closing(b"100\n"),
    "an empty frame": closing(b"0\n"),
    "an unknown verb": closing(frame(b"tea\0milk=1")),
    "an unknown verb with a status": closing(frame(b"tea\0status=0")),
    "a status that is none": closing(frame(b"tea\0status=x")),
    "a field without a key": closing(frame(b"go\0nokey")),
    "go without a job": closing(frame(b"go\0procs=")),
    "no length": closing(b"hello\n"),
    "a negative length": closing(b"-5\nabcde"),
    "a huge length": closing(b"99999999\n"),
    "5000 digits": closing(b"9" * 5000 + b"\n"),
    "random bytes": closing(bytes(range(256))),
    "a megabyte without a newline": closing(b"x" * 1_000_000),
    "http": closing(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "closes at the child": closing(GO, frames=2),
    "nonsense at the child": closing(GO, b"nonsense\n", frames=2),
    "an unknown verb at the child": closing(GO, frame(b"tea"), frames=2),
    "procs that cannot be written": closing(
        frame(b"go\0job=s/job-1\0procs=/proc/version\0note="), frames=2
    ),
    "procs that is not there": closing(frame(b"go\0job=s/job-1\0procs=/nonexistent"), frames=2),
}
SILENT: dict[str, Behaviour] = {
    "says nothing": after_job(),
    "says nothing after half a frame": after_job(b"100\ngo\0job"),
    "says nothing after the head": after_job(b"100\n"),
    "says nothing at the child": after_job(GO),
}
# After it: nothing of this is the job's fault, and nothing is said.
RUNNING: dict[str, Behaviour] = {
    "closes while it runs": closing(GO, PLACED, frames=2),
    "closes at the end": closing(GO, PLACED, frames=3),
    "nonsense at the end": closing(GO, PLACED, b"nonsense\n", frames=3),
    "an unknown verb at the end": closing(GO, PLACED, frame(b"tea"), frames=3),
    "nonsense before the end": closing(GO, PLACED + b"nonsense\n", frames=3),
}


@contextlib.contextmanager
def fake(world: Shim, behaviour: Behaviour) -> Iterator[FakeBroker]:
    made = FakeBroker(world.folder / "fake.sock", behaviour)
    try:
        yield made
    finally:
        made.close()


def ran(world: Shim) -> str:
    path = world.work / "ran"
    return path.read_text() if path.exists() else ""

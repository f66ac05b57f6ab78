"""What a proper answer does, and what a broker that goes in mid-job does not."""

from __future__ import annotations

import pytest

from .behaviours import GO, JOB, ONCE, PLACED, RUNNING, closing, fake, frame, ran
from .fake_broker import Behaviour, Client
from .shim import Shim


@pytest.mark.parametrize("behaviour", RUNNING.values(), ids=RUNNING)
@pytest.mark.parametrize("enforce", ["prefer", "require"])
def test_a_job_that_runs_ends_as_itself(world: Shim, behaviour: Behaviour, enforce: str) -> None:
    with fake(world, behaviour):
        done = world.run(*JOB, env={"ROCQSHIM_ENFORCE": enforce})

    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"")
    assert ran(world) == ONCE


def test_a_stderr_that_is_closed_is_not_the_socket(world: Shim) -> None:
    """The note would be sent to the broker, if its connection had got the number 2."""
    heard: list[str] = []

    def behave(client: Client) -> None:
        heard.append(client.hear()[0])
        client.write(frame(b"go\0job=s/job-1\0procs=\0note=rocq-exec: something to tell"))
        heard.append(client.hear()[0])
        client.write(PLACED)
        heard.append(client.hear()[0])
        client.write(frame(b"done\0note="))

    command = ["sh", "-c", 'exec 0<&- 1>&- 2>&-; exec "$@"', "sh", *world.command("true")]
    with fake(world, behave):
        process = world.popen(command)
        process.communicate(timeout=60)

    assert heard == ["job", "child", "end"]
    assert process.returncode == 0


def test_a_refusal_is_obeyed(world: Shim) -> None:
    note = "rocq-exec: refused, for a reason"
    with fake(world, closing(frame(f"refuse\0note={note}\0status=125".encode()))):
        done = world.run(*JOB)

    assert (done.returncode, done.stderr.decode()) == (125, note + "\n")
    assert ran(world) == ""


def test_told_to_pass(world: Shim) -> None:
    with fake(world, closing(frame(b"pass"))):
        done = world.run(*JOB)

    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"")


def test_cancelled_while_it_waits(world: Shim) -> None:
    with fake(world, closing(frame(b"wait") * 3 + frame(b"cancelled\0note=rocq-exec: cancelled"))):
        done = world.run(*JOB)

    assert (done.returncode, done.stderr) == (-15, b"rocq-exec: cancelled\n")
    assert ran(world) == ""


def test_again(world: Shim) -> None:
    """The retry of a later issue: same connection, same job, a second run."""

    def behave(client: Client) -> None:
        client.hear()
        client.write(GO)
        for answer in (frame(b"again\0job=s/job-2\0procs=\0note=once more"), frame(b"done\0note=")):
            client.hear()
            client.write(PLACED)
            client.hear()
            client.write(answer)

    with fake(world, behave):
        done = world.run(*JOB)

    assert (done.returncode, done.stderr) == (3, b"once more\n")
    assert ran(world) == ONCE * 2


def queued_then(*answers: bytes) -> Behaviour:
    """Let the job run, queue it again, and answer so."""

    def behave(client: Client) -> None:
        client.hear()
        client.write(GO)
        client.hear()
        client.write(PLACED)
        client.hear()
        client.write(frame(b"queued\0note=killed, and once more"))
        for answer in (frame(b"wait"), *answers):
            client.write(answer)
        client.hear()
        client.write(PLACED)
        client.hear()
        client.write(frame(b"done\0note="))

    return behave


def test_queued_again(world: Shim) -> None:
    with fake(world, queued_then(frame(b"again\0job=s/job-2\0procs=\0note="))):
        done = world.run(*JOB)

    assert (done.returncode, done.stderr) == (3, b"killed, and once more\n")
    assert ran(world) == ONCE * 2


def test_cancelled_while_it_is_queued_again(world: Shim) -> None:
    with fake(world, queued_then(frame(b"cancelled\0note=rocq-exec: cancelled"))):
        done = world.run(*JOB)

    assert (done.returncode, ran(world)) == (-15, ONCE)


def test_what_is_added_to_the_environment_of_the_compiler(world: Shim) -> None:
    """Only what the user has not set; and nothing of it stays in the launcher."""
    go = b"go\0job=s/job-1\0procs=\0note=\0env=RQ_ADDED=a=b\nRQ_GIVEN=ours\n\nRQ_EMPTY="

    def behave(client: Client) -> None:
        client.hear()
        client.write(frame(go))
        client.hear()
        client.write(PLACED)
        client.hear()
        client.write(frame(b"done\0note="))

    with fake(world, behave):
        done = world.run("sh", "-c", 'echo "$RQ_ADDED $RQ_GIVEN"', env={"RQ_GIVEN": "mine"})

    assert done.stdout == b"a=b mine\n"

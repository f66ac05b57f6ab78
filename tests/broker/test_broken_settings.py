"""Settings that are broken, or that switch it off: before a build, and in the midst of one."""

from __future__ import annotations

import pytest
from launcher.shim import Shim

from .jobs import end, waiting_job

BROKEN = {
    "no TOML": ("jobs = = 1\n", ":2: not TOML"),
    "an unknown key": ("jbos = 1\n", ":2: "),
    "a bad value": ('memory-max = "lots"\n', ":2: "),
    "a negative one": ('memory-max = "-1G"\n', ":2: "),
    "no table": ('files = "x"\n', ":2: "),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("running", [False, True], ids=["from the start", "in mid-build"])
def test_broken_settings_are_a_refusal(shim: Shim, text: str, said: str, running: bool) -> None:
    shim.settings("jobs = 3\n")
    job = waiting_job(shim) if running else None

    path = shim.settings(text)
    done = shim.run("echo", "never")

    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.startswith(f"rocq-exec: {path}{said}".encode())
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") <= 2
    shim.settings("jobs = 3\n")
    assert shim.run("echo", "again").stdout == b"again\n"
    if job:
        end(job)


def test_switched_off(shim: Shim) -> None:
    """Even broken settings are then not in the way, and nobody is asked."""
    shim.settings("jobs = = 1\n")

    done = shim.run("sh", "-c", 'echo "[$ROCQSHIM_JOB]"', env={"ROCQSHIM_ENFORCE": "off"})

    assert (done.returncode, done.stdout, done.stderr) == (0, b"[]\n", b"")
    assert shim.left() == []


def test_switched_off_in_the_settings(shim: Shim) -> None:
    shim.settings('enforce = "off"\n')

    done = shim.run("sh", "-c", 'echo "[$ROCQSHIM_JOB]"')

    assert (done.returncode, done.stdout, done.stderr) == (0, b"[]\n", b"")
    assert shim.history() == []

"""``rocqshim run --progress``: a line at the bottom of the terminal, and nothing else changed."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import signal
import struct
import sys
import termios
from collections.abc import Callable
from typing import Any

import pytest

from .compilers import Compilers
from .installed import Installed, command_line, eventually
from .tmux import PROMPT, Tmux

Open = Callable[..., Tmux]
LIMITS = 'memory-max = "2G"\ncpu-quota = "200%"'
MAKEFILE = "all: a.vo b.vo c.vo\n%.vo: %.v\n\t@echo making $@; rocq-exec coqc $<\n"
COMMAND = "rocqshim run --progress -- make -k -j3"


@pytest.fixture
def coqc(here: Installed) -> Compilers:
    here.settings(LIMITS)
    here.write("Makefile", MAKEFILE)
    for name in "abc":
        here.write(f"{name}.v", "")
    return Compilers(here)


def last(text: str) -> str:
    """The last line of the terminal."""
    return text.rpartition("\n")[2].rstrip()


def assert_free(view: Tmux) -> None:
    """The whole terminal scrolls again, and nothing is left in its last line."""
    assert view.pane("scroll_region_upper") == "0"
    assert int(view.pane("scroll_region_lower")) == int(view.pane("pane_height")) - 1
    view.say("seq 100")
    view.until(lambda text: "\n100\n" in text and last(text) == PROMPT)


# In tmux -------------------------------------------------------------------------------------


def test_a_build_with_a_failing_file(coqc: Compilers, terminal: Open) -> None:
    view = terminal(80, 12)
    view.say(f"seq 30; {COMMAND}; echo status $?")
    text = view.until(lambda text: "rocqshim: 0 files done, 2 running, 1 waiting" in last(text))
    before, _, after = text.partition("\n30\n")  # what follows comes from four processes at once
    assert before.endswith("\n29")
    made = [f"making {name}.vo\n" for name in "abc"]
    assert all(line in after for line in made)
    assert "of 2G, " in last(text) and not text.split("\n")[-2]

    for columns, lines in ((100, 16), (60, 8), (80, 12)):
        view.resize(columns, lines)
        view.until(lambda text, lines=lines: "files done" in text.split("\n")[lines - 1])  # type: ignore[misc]
        assert view.text().count("files done") == 1
    eventually(lambda: sum(coqc.has_begun(f"{name}.v") for name in "abc") == 2)
    first, second, third = sorted("abc", key=lambda name: not coqc.has_begun(f"{name}.v"))
    coqc.end(f"{first}.v", 1)
    view.until(
        lambda text: (
            "Error 1" in text
            and "0 files done, 2 running, 1 failed, " in last(text)
            and "waiting" not in last(text)
        )
    )
    coqc.end(f"{second}.v")
    view.until(lambda text: "1 files done, 1 running" in last(text))
    coqc.end(f"{third}.v")

    text = view.until(lambda text: "status 2" in text)
    assert "files done" not in text and "rocqshim: 3 jobs in " in text
    assert_free(view)


def test_a_known_build_has_a_bar_and_a_time(coqc: Compilers, terminal: Open) -> None:
    coqc.here.write("b.v.d", "b.vo b.glob: b.v a.vo\n")
    coqc.here.write("c.v.d", "c.vo c.glob: c.v b.vo\n")
    for name in "abc":
        coqc.end(f"{name}.v")
    # Of what is smaller than its launcher, and gone within a second, no peak is known.
    assert coqc.here.run("run", "--", "make", env={"PAUSE": "1.2"}).returncode == 0
    for path in coqc.here.work.glob("*.end"):
        path.unlink()
    view = terminal()

    view.say("rocqshim run --progress -- make -j1")

    line = last(view.until(lambda text: "0 of 3+ files" in last(text)))
    assert line.startswith("rocqshim: [   ") and line.endswith(" left")
    coqc.end("a.v")
    view.until(lambda text: "#" in last(text) and "] 1 of 3+ files" in last(text))
    for name in "bc":
        coqc.end(f"{name}.v")
    view.until(lambda text: ": all done;" in text)


@pytest.mark.parametrize("log", ["", "--log b.log "])
def test_ctrl_z_and_ctrl_c(coqc: Compilers, terminal: Open, log: str) -> None:
    view = terminal(80, 12)
    view.say(f"stty -g > before; {COMMAND.replace('-- ', log + '-- ')}")
    view.until(lambda text: "2 running" in last(text))

    view.press("C-z")
    text = view.until(lambda text: "Stopped" in text)
    assert "2 running" not in text
    assert_free(view)
    view.say("fg")
    view.until(lambda text: "2 running" in last(text))
    view.press("C-c")
    view.until(lambda text: "Interrupt" in text and "cancelled: " in text and last(text) == PROMPT)
    view.say("echo status $?")
    view.until(lambda text: "\nstatus 130" in text)
    assert_free(view)
    view.say("stty -g > after; echo said")
    view.until(lambda text: "\nsaid" in text)
    work = coqc.here.work
    assert (work / "after").read_text() == (work / "before").read_text()
    if log:
        assert "making a.vo\n" in (work / "b.log").read_text()
        assert "\x1b" not in (work / "b.log").read_text()


def test_a_real_build_and_a_signal(here: Installed, terminal: Open) -> None:
    if not shutil.which("coqc"):
        pytest.skip("there is no coqc here: apt-get install coq")
    here.settings(LIMITS)
    here.write("a.v", "Definition x := 1.\n")
    view = terminal()

    script = "rocq-exec coqc -q a.v; exec sleep 60"
    view.say(f"rocqshim run --progress -- sh -c '{script}'; echo status $?")
    view.until(lambda text: "1 files done, 0 running" in last(text))
    run = [pid for pid in here.processes() if "run --progress" in command_line(pid)]
    os.kill(run[0], signal.SIGTERM)

    view.until(lambda text: "status 143" in text)
    assert_free(view)


def test_in_the_background_and_in_a_run_within_a_run_nothing_is_drawn(
    coqc: Compilers, terminal: Open
) -> None:
    coqc.here.settings(LIMITS.replace("200", "800"))
    view = terminal()
    view.say(f"{COMMAND} > out 2> /dev/tty &")
    eventually(lambda: coqc.has_begun("a.v"))
    inner = "rocqshim run --progress -- rocq-exec sh -c 'sleep 1.3; echo in; echo ner'"
    view.say(f"ROCQSHIM_BUILD=outer {inner}")
    text = view.until(lambda text: "\nin\nner\n" in text)
    assert "files done" not in text
    for name in "abc":
        coqc.end(f"{name}.v")
    view.until(lambda text: "rocqshim: 3 jobs in" in text)
    assert_free(view)
    assert "\x1b" not in (coqc.here.work / "out").read_text()


# Byte for byte -------------------------------------------------------------------------------

BYTES = "import os\nfor _ in range(500):\n    os.write(1, bytes(range(256)))\n"


def on_terminal(
    here: Installed, *words: str, lines: int = 24, columns: int = 80, term: str = "xterm"
) -> tuple[bytes, bytes]:
    """Run with a terminal of that size as stderr alone; gives stdout, and what was shown."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    options: dict[str, Any] = {"stderr": slave, "env": {"TERM": term}, "start_new_session": True}
    run = here.start("run", "--progress", *words, text=False, **options)
    os.close(slave)
    out, _ = run.communicate(timeout=60)
    shown = b""
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:  # EIO: the other end is closed
        os.close(master)
    return out, shown


def test_stdout_is_untouched_and_stderr_is_restored(here: Installed) -> None:
    here.write("bytes.py", BYTES)
    script = f"rocq-exec sleep 2; {sys.executable} bytes.py"

    for log in ([], ["--log", "log"]):
        out, shown = on_terminal(here, *log, "--", "sh", "-c", script)

        assert out == bytes(range(256)) * 500
        assert b"\x1b[1;23r" in shown
        assert b"\x1b[24;1H\x1b[2Krocqshim: 0 files done, 1 running" in shown
        assert shown.index(b"\x1b[r\x1b[24;1H\x1b[2K\x1b8") < shown.index(b"1 job in")


def test_a_terminal_that_cannot_do_it_gets_nothing(here: Installed) -> None:
    for term, lines in (("dumb", 24), ("nonesuch", 24), ("xterm", 2)):
        _, shown = on_terminal(here, "--", "rocq-exec", "sleep", "1", term=term, lines=lines)

        assert b"1 job in" in shown and b"\x1b" not in shown


def test_without_a_terminal_it_is_as_without_the_option(here: Installed) -> None:
    done = here.run("run", "--progress", "--", "rocq-exec", "sh", "-c", "sleep 1; echo out")

    assert done.stdout == "out\n"
    assert "\x1b" not in done.stderr and "files done" not in done.stderr

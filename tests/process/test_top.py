"""``rocqshim top`` as a person sees it: in tmux, with real brokers and jobs."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable

import pytest

from .compilers import Compilers
from .installed import ROOT, Installed, eventually
from .tmux import PROMPT, Tmux

Open = Callable[..., Tmux]
LIMITS = 'memory-max = "2G"\ncpu-quota = "200%"'
KEYS = "q quit  s sort  / filter  k kill  p pause  a all  h help"
BIG = ROOT / "examples/out-of-memory/Big.v"


@pytest.fixture
def coqc(here: Installed) -> Compilers:
    here.settings(LIMITS)
    return Compilers(here)


def row(text: str, name: str) -> str:
    """The line in which ``name`` is, without blanks at its end; "" where it is in none."""
    return next((line.rstrip() for line in text.split("\n") if name in line), "")


def order(text: str) -> list[str]:
    """The files that run, from the top."""
    states = ("  running", "  stopped")
    return [line[1:].split()[0] for line in text.split("\n") if line.rstrip().endswith(states)]


# What is shown -------------------------------------------------------------------------------


def test_a_real_build(here: Installed, terminal: Open) -> None:
    if not shutil.which("coqc"):
        pytest.skip("there is no coqc here: apt-get install coq")
    here.settings(LIMITS)
    here.write("theories/Big.v", BIG.read_text().replace("full 26", "full 21"))
    view = terminal()
    view.say("rocqshim top")
    view.until(lambda text: "this view waits for a build" in text)

    build = here.start("run", "--", "sh", "-c", "rocq-exec coqc -q theories/Big.v")
    pid = eventually(lambda: [job["pids"][0] for job in here.jobs()])[0]
    os.kill(pid, signal.SIGSTOP)  # it would be over before anybody has looked
    text = view.until(lambda text: "M" in row(text, "theories/Big.v   ")[20:] and order(text))
    os.kill(pid, signal.SIGCONT)
    assert "of 2G" in row(text, "memory [") and "of 2 cores" in row(text, "cpu    [")
    assert text.split("\n")[-1].strip() == KEYS

    view.until(lambda text: "done" in row(text, "theories/Big.v"))
    assert "1 files done" in view.until(lambda text: row(text, "build "))
    assert build.communicate(timeout=60) and build.returncode == 0


def test_queue_sorting_filter_and_kill(coqc: Compilers, terminal: Open) -> None:
    first, second = coqc.compile("a/One.v"), coqc.compile("a/Two.v")
    eventually(lambda: coqc.has_begun("a/One.v") and coqc.has_begun("a/Two.v"))
    third = coqc.compile("b/Three.v")
    view = terminal()
    view.say("rocqshim top")
    text = view.until(lambda text: "2 cores, all busy" in row(text, "b/Three.v"))
    assert {"a/One.v", "a/Two.v"} == set(order(text)) and "WAITING (1)" in text

    view.press("s", "s", "s", "s")
    view.until(lambda text: "sorted by file" in text and order(text) == ["a/One.v", "a/Two.v"])
    view.press("r")
    view.until(lambda text: order(text) == ["a/Two.v", "a/One.v"])

    view.press("/", *"one", "Enter")
    text = view.until(lambda text: order(text) == ["a/One.v"])
    assert "b/Three.v" not in text and row(text, "a/One.v").startswith(">")

    view.press("k", "n")
    view.press("k")
    view.until(lambda text: row(text, "kill a/One.v ("))
    assert first.poll() is None
    view.press("y")
    view.until(lambda text: "killed a/One.v" in text.split("\n")[0] and KEYS in text)
    assert first.wait(30) != 0
    eventually(lambda: coqc.has_begun("b/Three.v"))

    view.press("Escape")
    view.until(lambda text: set(order(text)) == {"a/Two.v", "b/Three.v"})
    coqc.end("a/Two.v")
    coqc.end("b/Three.v", 3)
    text = view.until(lambda text: "failed" in row(text, "b/Three.v"))
    assert (second.wait(30), third.wait(30)) == (0, 3)
    view.press("q")
    assert "rocqshim top" in view.until_prompt() and view.pane("alternate_on") == "0"


def test_several_projects(coqc: Compilers, terminal: Open) -> None:
    for name in ("one", "two"):
        coqc.here.settings(LIMITS, name)
        coqc.compile("x.v", cwd=coqc.here.work / name)
    for name in ("one/x.v", "two/x.v"):
        eventually(lambda name=name: coqc.has_begun(name))  # type: ignore[misc]
    view = terminal()
    view.say("cd one; rocqshim top")
    text = view.until(lambda text: order(text) == ["x.v"])
    assert "1 job of other projects: a" in text

    view.press("a")
    text = view.until(lambda text: len(order(text)) == 2)
    assert set(order(text)) == {"one:x.v", "two:x.v"} and "rocq-two.slice" in text
    view.press("q")
    view.until_prompt()

    once = coqc.here.run("top", "--once", "--all", cwd=coqc.here.folder).stdout
    assert set(order(once)) == {"one:x.v", "two:x.v"}
    for name in ("one/x.v", "two/x.v"):
        coqc.end(name)


# Pause ---------------------------------------------------------------------------------------


def test_a_pause_holds_until_it_is_resumed_and_no_longer_than_the_view(
    coqc: Compilers, terminal: Open
) -> None:
    coqc.compile("running.v")
    eventually(lambda: coqc.has_begun("running.v"))
    view = terminal()
    view.say("rocqshim top")
    view.until(lambda text: order(text) == ["running.v"])

    view.press("p")
    view.until(lambda _: coqc.here.status()["projects"][0]["paused"])
    coqc.compile("next.v")
    text = view.until(lambda text: row(text, "next.v").endswith("  paused"))
    assert "PAUSED, p resumes" in text and order(text) == ["running.v"]
    view.press("p")
    view.until(lambda text: "next.v" in order(text) and "PAUSED" not in text)

    view.press("p")
    view.until(lambda _: coqc.here.status()["projects"][0]["paused"])
    view.press("q")
    view.until_prompt()
    assert not coqc.here.status()["projects"][0]["paused"]

    view.say("rocqshim top")
    view.until(lambda text: KEYS in text and order(text))
    view.press("p")
    eventually(lambda: coqc.here.status()["projects"][0]["paused"])
    killed(coqc.here, signal.SIGKILL)
    eventually(lambda: not coqc.here.status()["projects"][0]["paused"], 8)
    for name in ("running.v", "next.v"):
        coqc.end(name)


def killed(here: Installed, number: int) -> None:
    """Send a signal to the view."""
    found = [pid for pid in here.processes() if b"top" in words(pid)]
    assert len(found) == 1
    os.kill(found[0], number)


def words(pid: int) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []


# The terminal --------------------------------------------------------------------------------


def test_any_name_in_any_size_on_any_terminal(coqc: Compilers, terminal: Open) -> None:
    names = ["plain.v", "\x1b[31mred\n.v", "é漢.v"]
    coqc.here.settings(LIMITS.replace("200", "400"))
    for name in names:
        coqc.compile(name)
        eventually(lambda name=name: coqc.has_begun(name))  # type: ignore[misc]
    view = terminal(20, 5)
    view.say("rocqshim top")
    view.until(lambda text: text.startswith("rocqshim top"))

    for columns, lines in ((1, 1), (3, 2), (300, 80), (80, 24)):
        view.resize(columns, lines)
        view.until(lambda text, lines=lines: len(text.split("\n")) == lines)  # type: ignore[misc]
    text = view.until(lambda text: text.split("\n")[-1].strip() == KEYS and len(order(text)) == 3)
    assert set(order(text)) == {"plain.v", "?[31mred?.v", "é漢.v"}
    rows = [line for line in text.split("\n") if line.rstrip().endswith("  running")]
    assert len({line.find("running") + line.count("漢") for line in rows}) == 1
    view.press("q")
    view.until_prompt()

    for variables in ("TERM=vt100", "TERM=linux LC_ALL=C PYTHONUTF8=0", "NO_COLOR=1"):
        view.say(f"clear; {variables} rocqshim top")
        text = view.until(lambda text: text.split("\n")[-1].strip() == KEYS and order(text))
        assert len(order(text)) == 3 and "?[31mred?.v" in text
        view.press("q")
        view.until(lambda text: text.rpartition("\n")[2].startswith(PROMPT) or "memory" not in text)
    for name in names:
        coqc.end(name)


def test_a_signal_leaves_the_terminal_as_it_was(here: Installed, terminal: Open) -> None:
    view = terminal()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        view.say("clear; stty -g > before; rocqshim top; echo status $?")
        view.until(lambda text: KEYS in text)

        killed(here, number)
        view.until(lambda text, number=number: f"status {128 + number}" in text)  # type: ignore[misc]

        assert_as_it_was(view, here)


def assert_as_it_was(view: Tmux, here: Installed) -> None:
    view.say("stty -g > after; echo said")
    view.until(lambda text: "\nsaid" in text)
    assert (here.work / "after").read_text() == (here.work / "before").read_text()
    assert view.pane("alternate_on") == "0" and view.pane("cursor_flag") == "1"


def test_a_crash_leaves_the_terminal_as_it_was(here: Installed, terminal: Open) -> None:
    crash = "import sys, rocqshim.top.live as live\nfrom rocqshim.__main__ import main\n"
    crash += "live.press = lambda *_: 1 / 0\nsys.exit(main(['top']))\n"
    path = here.write("crash.py", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{crash}")
    view = terminal()
    view.say(f"stty -g > before; {sys.executable} {path}; echo status $?")
    view.until(lambda text: KEYS in text)

    view.press("x")
    text = view.until(lambda text: "status 3" in text)

    assert "rocqshim: unexpected error: division by zero" in text
    assert_as_it_was(view, here)


def test_ctrl_z_gives_the_terminal_to_the_shell_until_fg(here: Installed, terminal: Open) -> None:
    view = terminal()
    view.say("stty -g > before; rocqshim top")
    view.until(lambda text: KEYS in text)
    view.press("C-z")
    view.until(lambda text: "Stopped" in text)
    assert_as_it_was(view, here)

    view.say("fg")
    view.until(lambda text: KEYS in text and "Stopped" not in text)
    view.press("h")
    view.until(lambda text: "any key goes back" in text)
    view.press("x", "q")
    view.until_prompt()
    assert_as_it_was(view, here)


# The broker ----------------------------------------------------------------------------------


def test_a_broker_that_hangs_or_dies_stops_nothing_here(coqc: Compilers, terminal: Open) -> None:
    coqc.compile("a.v")
    view = terminal()
    view.say("rocqshim top")
    view.until(lambda text: order(text) == ["a.v"])
    broker = coqc.here.broker()

    os.kill(broker, signal.SIGSTOP)
    text = view.until(lambda text: "does not answer" in text)
    assert "shown is what was" in text and order(text) == ["a.v"]
    view.press("h")
    view.until(lambda text: "any key goes back" in text, 1)
    view.press("x")
    os.kill(broker, signal.SIGKILL)
    view.until(lambda text: "no broker is there, but compilers run in rocq-work.slice" in text)

    coqc.compile("b.v")  # its launcher starts a new one
    view.until(lambda text: "b.v" in order(text))
    view.press("q")
    view.until_prompt()
    coqc.end("a.v")
    coqc.end("b.v")


# Without a terminal --------------------------------------------------------------------------


def test_once_needs_no_terminal(coqc: Compilers) -> None:
    done = coqc.here.run("top", "--once", env={"TERM": None})
    assert (done.returncode, done.stdout) == (0, "no compiler is running (no broker)\n")

    coqc.compile("theories/A.v")
    eventually(lambda: coqc.has_begun("theories/A.v"))
    text = coqc.here.run("top", "--once", env={"TERM": None}).stdout

    assert text.startswith("rocq-work.slice (watchdog) /")
    assert row(text, "theories/A.v").split()[-2:] == ["1", "running"]
    assert "%" in row(text, "theories/A.v")  # of two looks
    assert "\x1b" not in text
    coqc.end("theories/A.v")


def test_a_terminal_without_a_full_screen_is_told(here: Installed, terminal: Open) -> None:
    assert "no terminal" in here.run("top").stderr

    view = terminal()
    for term in ("dumb", "nonesuch", ""):
        view.say(f"clear; TERM={term} rocqshim top; echo status $?")
        text = view.until(lambda text: "status 1" in text)

        assert "rocqshim: The terminal" in text and "Say: rocqshim top --once" in text

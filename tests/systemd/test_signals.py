"""Ctrl-C in a terminal, and TERM to make: the build ends as without rocqshim, nothing stays."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator

import pytest

from .conftest import NewProject
from .guest import good, run, until
from .kernel import is_alive, job_groups
from .project import Project, kill

SETTINGS = 'memory-max = "300M"\nio-weight = 100'
PLAIN = "LAUNCH="  # the same build without rocqshim
Terminal = Callable[..., None]


@pytest.fixture
def tmux() -> Iterator[Terminal]:
    """A terminal with a shell in it, of a server of its own."""
    server = ("tmux", "-L", "rocqshim-tests", "-f", "/dev/null")
    yield lambda *words: good(*server, *words)
    run(*server, "kill-server")


def interrupted(project: Project, terminal: Callable[..., str]) -> list[str]:
    """Build in the terminal, press Ctrl-C when both compilers run; gives what make said."""
    shell = "bash --norc --noprofile"
    terminal("new-session", "-d", "-x", "150", "-y", "50", "-c", str(project.root), shell)
    terminal("send-keys", "make -j2", "Enter")
    compilers = [project.pid("a"), project.pid("b")]
    terminal("send-keys", "C-c")
    terminal("send-keys", "echo status=$?", "Enter")  # read by the shell when make has ended
    screen = until(lambda: _with_status(terminal("capture-pane", "-p")), "make has ended")
    until(lambda: not any(map(is_alive, compilers)), "the compilers are gone", 10)
    terminal("kill-session")
    return sorted(re.findall(r"^(?:\^C)?(make: .*|status=.*)", screen, re.MULTILINE))


def _with_status(screen: str) -> str:
    return screen if re.search(r"^status=\d", screen, re.MULTILINE) else ""


def test_interrupt_in_a_terminal(new_project: NewProject, tmux: Terminal) -> None:
    project = new_project(SETTINGS, dict.fromkeys("ab", "rest(600)"))

    # Not compared with a plain make: that one at times ends with "wait: No child processes".
    assert interrupted(project, tmux) == [
        "make: *** [Makefile:5: a.vo] Interrupt",
        "make: *** [Makefile:5: b.vo] Interrupt",
        "status=130",
    ]
    until(lambda: not job_groups(project.group), "every job cgroup is removed")
    assert set(project.verdicts().values()) == {"cancelled"}


def terminated(project: Project, *words: str) -> tuple[int, list[str]]:
    """Send TERM to make while compilers run; gives its status and what it said."""
    project.clean()
    make = project.start("make", "-j2", *words)
    compilers = [project.pid("a"), project.pid("b")]
    kill(make.pid, signal.SIGTERM)
    status = make.end()
    until(lambda: not any(map(is_alive, compilers)), "the compilers are gone", 10)
    return status, sorted(re.findall(r"^make: .*", make.output(), re.MULTILINE))


def test_make_is_terminated(new_project: NewProject) -> None:
    project = new_project(SETTINGS, dict.fromkeys("ab", "rest(600)"))
    ours = terminated(project)

    assert ours == terminated(project, PLAIN)
    assert ours[0] == -signal.SIGTERM
    until(lambda: not job_groups(project.group), "every job cgroup is removed")
    until(lambda: set(project.verdicts().values()) == {"cancelled"}, "the history says so")

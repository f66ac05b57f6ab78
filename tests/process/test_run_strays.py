"""``rocqshim run`` tells of compilers that ran outside any job."""

from __future__ import annotations

import re

import pytest

from .installed import Installed

SLOW = "#!/bin/sh\nsleep 1.5\n"  # longer than the time between two looks
STRAY = re.compile(
    r"rocqshim: 3 compilers ran outside the slice, first: a\.v \(\d+, /bin/sh \S+/coqc -q a\.v\)\. "
    r"See: rocqshim doctor -- sh -c .*"
)


@pytest.fixture(autouse=True)
def compiler(here: Installed) -> None:
    here.program("coqc", SLOW)


def last_line(here: Installed, script: str) -> str:
    """What is said last at the end of this build."""
    done = here.run("run", "--", "sh", "-c", script)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()[-1]


def test_compilers_outside_are_counted_and_the_first_named(here: Installed) -> None:
    coqc = here.bin / "coqc"  # by its path: what is called by its name finds a launcher
    ways = (
        f"{coqc} -q a.v",
        f"env -i PATH=$PATH {coqc} -q a.v",
        f"(setsid {coqc} -q a.v >log 2>&1 &)",  # its parent is gone
    )
    line = last_line(here, f"{' & '.join(ways)} & wait; sleep 1.5")

    assert STRAY.fullmatch(line), line


def test_a_run_within_a_run_leaves_that_to_the_outer_one(here: Installed) -> None:
    line = last_line(here, f"rocqshim run -- {here.bin}/coqc -q a.v 2>inner")

    assert "1 compiler ran outside the slice" in line
    assert "outside" not in (here.work / "inner").read_text()


def test_jobs_and_probes_are_not(here: Installed) -> None:
    ways = (
        "$COQC -q a.v",
        "rocq-exec env -i PATH=$PATH coqc -q a.v",  # a job whose environment tells nothing
        "coqc --print-version",
        "sleep 1.5",
    )
    assert "outside" not in last_line(here, f"{' & '.join(ways)} & wait; true")


def test_a_launcher_is_none_before_it_is_python(here: Installed) -> None:
    launcher = (here.bin / "rocq-exec").read_text().splitlines()
    slow = [*launcher[:2], "sleep 1.5", "exit 0"]  # as on a busy machine
    here.write("launchers/coqc", "\n".join(slow)).chmod(0o755)

    assert "outside" not in last_line(here, "launchers/coqc -q a.v; true")


def test_nobody_looks_where_nothing_is_limited(here: Installed) -> None:
    here.settings('enforce = "off"')

    assert last_line(here, "coqc -q a.v; true").startswith("rocqshim: nothing was limited")


def test_a_compiler_of_somebody_else_is_not_the_builds(here: Installed) -> None:
    other = here.popen([str(here.bin / "coqc"), "-q", "other.v"])

    line = last_line(here, "sleep 1.2; true")
    other.communicate()

    assert "outside" not in line

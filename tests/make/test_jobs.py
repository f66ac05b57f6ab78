"""jobs = "auto": the first make gets a -j of its own, unless the user gave one."""

from __future__ import annotations

import pytest
from make_project import Project, version

MAKEFILE = """\
include mk/rocq-limits.mk
all: sub; @echo "flags $(filter -j%,$(MAKEFLAGS))"
sub: ; @$(MAKE) --no-print-directory -f sub.mk
"""
SUB = 'include mk/rocq-limits.mk\nall: ; @echo "below $(filter -j%,$(MAKEFLAGS))"\n'
AUTO = '[tool.rocqshim]\njobs = "auto"\n'


@pytest.fixture
def with_auto(project: Project) -> Project:
    if version(project.make).startswith(("4.0", "4.1", "4.2")):
        pytest.skip("make before 4.3 gets no -j")
    project.write("Makefile", MAKEFILE)
    project.write("sub.mk", SUB)
    project.write("pyproject.toml", AUTO)
    return project


def flags(
    project: Project, *words: str, env: dict[str, str] | None = None, cwd: str = "."
) -> list[str]:
    done = project.run(*words, env=env, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == ["below", "flags"]
    assert lines[0][1:] == lines[1][1:]
    return lines[1][1:]


def processors() -> str:
    with open("/proc/cpuinfo") as file:
        return f"-j{sum(line.startswith('processor') for line in file)}"


def test_one_for_each_processor(with_auto: Project) -> None:
    assert flags(with_auto) == [processors()]


@pytest.mark.parametrize("word", ["-j1", "-j7", "-kj3", "--jobs=5", "-j"])
def test_the_users_own_wins(with_auto: Project, word: str) -> None:
    expected = {"-kj3": "-j3", "--jobs=5": "-j5", "-j": "-j"}.get(word, word)

    assert flags(with_auto, word) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "[tool.rocqshim]\njobs='auto'",
        '[tool.rocqshim]\n  jobs   = "auto" # all of them\n',
        '\t[tool.rocqshim]\t# ours\n\tjobs\t=\t"auto"\t# all of them\n',
        '[tool.rocqshim]\r\njobs = "auto"\r\n',
        '[build]\na = ["$(x)", "%"]\n[ tool.rocqshim ]\nmemory-max = "1G"\njobs = "auto"\n[z]\n',
    ],
)
def test_ways_to_write_it(with_auto: Project, text: str) -> None:
    with_auto.write("pyproject.toml", text)

    assert flags(with_auto) == [processors()]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[tool.rocqshim]\njobs = 4\n",
        '[tool.rocqshim]\n# jobs = "auto"\n',
        '[tool.other]\njobs = "auto"\n',
        '[tool.rocqshim.profiles.x]\njobs = "auto"\n',
        '[tool.rocqshim]\nlog = "jobs = auto"\n[x."$(error no)"]\n',
    ],
)
def test_where_it_is_not_asked_for(with_auto: Project, text: str) -> None:
    with_auto.write("pyproject.toml", text)

    assert flags(with_auto) == []


NEARER = "[project]\nname = 'x'\n"


@pytest.mark.parametrize(
    ("nearer", "is_seen"),
    [(NEARER, True), (NEARER + "[[tool.rocqshim.files]]\nmatch = 'x.v'\n", False)],
)
def test_the_nearest_file_that_has_our_table(
    with_auto: Project, nearer: str, is_seen: bool
) -> None:
    with_auto.write("sub/pyproject.toml", nearer)
    with_auto.write("sub/Makefile", MAKEFILE.replace("mk/", "../mk/"))
    with_auto.write("sub/sub.mk", SUB.replace("mk/", "../mk/"))

    assert flags(with_auto, cwd="sub") == [processors()] * is_seen


def test_by_the_variable(with_auto: Project) -> None:
    assert flags(with_auto, env={"ROCQSHIM_JOBS": "4"}) == []
    with_auto.write("pyproject.toml", "")
    assert flags(with_auto, env={"ROCQSHIM_JOBS": "auto"}) == [processors()]


def test_without_a_launcher_nothing_is_raised(with_auto: Project) -> None:
    assert flags(with_auto, "ROCQ_EXEC=") == []

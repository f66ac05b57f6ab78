"""Several projects at once: a slice and limits for each, and the user's cap over all."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import NewProject
from .guest import until
from .kernel import may_take_two, user_slice, value
from .project import Project, ours

MIB = 1 << 20


def test_two_checkouts_at_once(new_project: NewProject) -> None:
    """Of the same name, with different limits: the one that has too little fails alone."""
    sources = {"a": 'await("go"); hold(200)'}
    roomy = new_project('memory-max = "600M"', sources, name="one/checkout")
    tight = new_project('memory-max = "100M"', sources, name="two/checkout")
    builds = [project.start("make") for project in (roomy, tight)]
    groups = [project.begun("a")["cgroup"].rsplit("/", 3)[1] for project in (roomy, tight)]
    limits = [value(user_slice(name), "memory.max") for name in groups]
    for project in (roomy, tight):
        project.write("go", "")

    assert [build.end() for build in builds] == [0, 2]
    assert len(set(groups)) == 2
    assert limits == [str(600 * MIB), str(100 * MIB)]
    assert tight.verdicts() == {"a.v": "oom-slice"}
    assert "memory-max 100M" in ours(builds[1].output())[-1]


@pytest.fixture
def caps(tmp_path: Path) -> dict[str, str]:
    """A user's own config with a cap on all projects together."""
    path = tmp_path / "config/rocqshim/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[caps]\nmemory-max = "300M"\n')
    return {"XDG_CONFIG_HOME": str(tmp_path / "config")}


def test_cap_holds_over_all_projects(new_project: NewProject, caps: dict[str, str]) -> None:
    """Each within its own limit, together above the user's: rocq.slice, and lifted again."""
    first = new_project('memory-max = "250M"', {"a": 'hold(100); spill("full", ""); await("go")'})
    second = new_project('memory-max = "250M"', {"b": 'await("go"); hold(240)'})
    builds = [project.start("make", env=caps) for project in (first, second)]
    until(lambda: first.has("full"), "the first holds its share")
    second.pid("b")
    limit = value(user_slice("rocq.slice"), "memory.max")
    second.write("go", "")
    status = builds[1].end()
    first.write("go", "")

    assert limit == str(300 * MIB)
    assert status == 2
    assert builds[0].end() == 0 or may_take_two()
    assert second.verdicts() == {"b.v": "oom-slice"}
    (line,) = (line for line in ours(builds[1].output()) if "killed" in line)
    assert "out of memory in rocq.slice (memory-max 300M, " in line
    assert "config.toml:2)" in line
    assert "Raise memory-max in [caps]." in line
    _uncapped(first)


def _uncapped(project: Project) -> None:
    project.clean()
    assert project.make().returncode == 0
    assert value(user_slice("rocq.slice"), "memory.max") == "max"

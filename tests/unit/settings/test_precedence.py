"""Who wins: variables, the project, the user, the profile, the default; and the caps over all."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from rocqshim.settings.model import By, Origin

from .support import Resolve

G = 1024**3
PROFILE = "profiles.mine.jobs = 14\n"


def project_text(*, key: bool, profile: bool) -> str:
    return ("jobs = 12\n" if key else "") + ("profile = 'mine'\n" if profile else "")


@pytest.mark.parametrize(
    ("variable", "project", "user", "profile"), list(itertools.product([True, False], repeat=4))
)
def test_precedence(
    settings: Resolve, variable: bool, project: bool, user: bool, profile: bool
) -> None:
    text = project_text(key=project, profile=profile) + PROFILE
    variables = {"jobs": "11"} if variable else {}

    found = settings(text, "jobs = 13\n" if user else "", **variables).jobs

    order = [(variable, 11), (project, 12), (user, 13), (profile, 14), (True, 4)]
    assert found.value == next(value for given, value in order if given)


@pytest.mark.parametrize(
    ("variable", "project", "user", "expected"),
    [
        ("single", "aggressive", "conservative", ("single", "ROCQSHIM_PROFILE")),
        (None, "aggressive", "conservative", ("aggressive", "pyproject.toml:2")),
        (None, None, "conservative", ("conservative", "{config}:1")),
        (None, None, None, ("standard", "default")),
    ],
)
def test_who_chooses_the_profile(
    settings: Resolve,
    config: Path,
    variable: str | None,
    project: str | None,
    user: str | None,
    expected: tuple[str, str],
) -> None:
    found = settings(
        f"profile = '{project}'" if project else "",
        f"profile = '{user}'" if user else "",
        **({"profile": variable} if variable else {}),
    )

    assert found.profile.value == expected[0]
    assert str(found.profile.origin) == expected[1].format(config=config)
    assert found.memory_max.origin == Origin(f"profile {expected[0]}", by=By.PROFILE)


def test_the_users_key_beats_the_profile_that_a_variable_chooses(settings: Resolve) -> None:
    assert settings("", "jobs = 3", profile="aggressive").jobs.value == 3


def test_every_setting_has_a_variable(settings: Resolve, root: Path) -> None:
    found = settings(
        "",
        None,
        slice="s",
        memory_max="1G",
        memory_high="2G",
        memory_swap_max="3G",
        cpu_quota="200%",
        cpu_weight="1",
        io_weight="2",
        tasks_max="70",
        jobs="infinity",
        job_memory_max="512M",
        retries="0",
        compiler="./coqc",
        enforce="require",
        backend="watchdog",
        log="x.log",
    )

    assert (found.slice.value, found.memory_max.value) == ("rocq-s.slice", G)
    assert (found.memory_high.value, found.memory_swap_max.value) == (2 * G, 3 * G)
    assert (found.cpu_quota.value, found.cpu_weight.value, found.io_weight.value) == (200, 1, 2)
    assert (found.tasks_max.value, found.jobs.value) == (70, None)
    assert (found.job_memory_max.value, found.compiler.value) == (G // 2, str(root / "coqc"))
    assert (found.enforce.value, found.backend.value) == ("require", "watchdog")
    assert (found.log.value, found.retries.value) == (str(root / "x.log"), 0)
    assert found.memory_max.origin == Origin("ROCQSHIM_MEMORY_MAX", by=By.VARIABLE)


def test_an_empty_variable_is_none(settings: Resolve) -> None:
    assert settings("jobs = 3", jobs=" ").jobs.value == 3


def test_own_profile_over_the_one_it_inherits(settings: Resolve) -> None:
    text = """
profile = "big"
[tool.rocqshim.profiles.big]
inherits = "night"
memory-max = "90%"
[tool.rocqshim.profiles.night]
inherits = "aggressive"
jobs = 20
"""
    found = settings(text)

    assert (found.memory_max.text, str(found.memory_max.origin)) == ("90%", "pyproject.toml:6")
    assert (found.jobs.value, str(found.jobs.origin)) == (20, "pyproject.toml:9")
    assert (found.io_weight.value, str(found.io_weight.origin)) == (100, "profile aggressive")


def test_an_own_profile_starts_from_standard(settings: Resolve) -> None:
    assert settings("profile = 'mine'\n" + PROFILE).io_weight.value == 50


def test_of_one_name_the_projects_profile_counts(settings: Resolve) -> None:
    found = settings("profile = 'x'\nprofiles.x.jobs = 5", "[profiles.x]\njobs = 6\nio-weight = 7")

    assert (found.jobs.value, found.io_weight.value) == (5, 50)


def test_the_users_profile_can_be_chosen_by_the_project(settings: Resolve, config: Path) -> None:
    found = settings("profile = 'x'", "[profiles.x]\njobs = 6")

    assert (found.jobs.value, found.jobs.origin) == (6, Origin(str(config), 2))


def test_the_users_file_rules_come_before_the_projects(settings: Resolve) -> None:
    rule = "[[{}files]]\nmatch = '{}'\n"

    found = settings(rule.format("tool.rocqshim.", "p.v"), rule.format("", "u.v"))

    assert [rule.match for rule in found.files] == ["u.v", "p.v"]


# Caps.

CAPS = """
[caps]
memory-max = "16G"
memory-high = "12G"
memory-swap-max = "1G"
cpu-quota = "8 cores"
tasks-max = 100
job-memory-max = "4G"
jobs = 3
job-time-max = "1h"
"""
ABOVE = """
memory-max = {}
memory-high = {}
memory-swap-max = {}
cpu-quota = {}
tasks-max = {}
job-memory-max = {}
jobs = {}
job-time-max = {}
"""
CAPPED = ["memory_max", "memory_high", "memory_swap_max", "cpu_quota", "tasks_max"]
CAPPED += ["job_memory_max", "jobs", "job_time_max"]


@pytest.mark.parametrize(
    "values",
    [['"infinity"'] * 8, ['"17G"', '"13G"', '"2G"', '"9 cores"', "101", '"5G"', "4", "3601"]],
)
def test_what_exceeds_a_cap_is_lowered(settings: Resolve, config: Path, values: list[str]) -> None:
    found = settings(ABOVE.format(*values), CAPS)

    caps = [16 * G, 12 * G, G, 800, 100, 4 * G, 3, 3600.0]
    assert [getattr(found, name).value for name in CAPPED] == caps
    assert [getattr(found, name).origin for name in CAPPED] == [
        Origin(str(config), line, By.CAP) for line in range(3, 11)
    ]


@pytest.mark.parametrize(
    "values",
    [
        ['"15G"', '"11G"', '"0"', '"7 cores"', "99", '"3G"', "2", "3599"],
        ['"16G"', '"12G"', '"1G"', '"8 cores"', "100", '"4G"', "3", '"60min"'],
    ],
)
def test_what_is_not_above_a_cap_stays(settings: Resolve, values: list[str]) -> None:
    found = settings(ABOVE.format(*values), CAPS)

    assert [getattr(found, name).origin.name for name in CAPPED] == ["pyproject.toml"] * 8


def test_variables_and_profiles_are_capped_too(settings: Resolve) -> None:
    found = settings("", CAPS, profile="aggressive", jobs="30")

    assert (found.memory_max.value, found.jobs.value, found.cpu_quota.value) == (16 * G, 3, 800)


def test_an_infinite_cap_is_none(settings: Resolve) -> None:
    assert settings("jobs = 50", "[caps]\njobs = 'infinity'").jobs.value == 50


def test_file_rules_are_capped(settings: Resolve, config: Path) -> None:
    text = """
[[tool.rocqshim.files]]
match = "a.v"
job-memory-max = "infinity"
[[tool.rocqshim.files]]
match = "b.v"
job-memory-max = "1G"
[[tool.rocqshim.files]]
match = "c.v"
job-time-max = "2h"
"""
    first, second, third = settings(text, CAPS).files

    assert (first.job_memory_max, dict(first.given)) == (
        4 * G,
        {"job-memory-max": Origin(str(config), 8, By.CAP)},
    )
    assert second.job_memory_max == G
    assert third.job_memory_max is None
    assert (third.job_time_max, third.given) == (
        3600.0,
        (("job-time-max", Origin(str(config), 10, By.CAP)),),
    )


def test_the_users_memory_cap_is_known(settings: Resolve, config: Path) -> None:
    """It bounds rocq.slice, whatever a project asks for."""
    found = settings("memory-max = '1G'", CAPS)

    assert (found.user_memory_max.value, found.user_memory_max.origin.line) == (16 * G, 3)
    assert [key for key, _ in found.caps] == [name.replace("_", "-") for name in CAPPED]
    assert settings("", "").user_memory_max.value is None

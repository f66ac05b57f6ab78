from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.settings.model import Machine

from .support import Resolve


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            'cpu-quota = "75%"',
            "pyproject.toml:2: cpu-quota = 75% is 0.75 of ONE core; "
            'for a share of all of them write "75% of cores"',
        ),
        (
            'memory-max = "253G"',
            "pyproject.toml:2: memory-max = 253G is more than this machine's RAM (252G)",
        ),
        (
            'memory-max = "511M"',
            "pyproject.toml:2: memory-max = 511M is little: one compiler needs about 0.5G",
        ),
        (
            'memory-high = "10G"',
            "pyproject.toml:2: memory-high = 10G can stall the build for ever where it must not "
            "swap; leave memory-high out, or allow some memory-swap-max",
        ),
        (
            'memory-high = "10G"\nmemory-max = "9G"',
            "pyproject.toml:2: memory-high = 10G has no effect above memory-max (9G)",
        ),
        (
            'job-memory-max = "10G"\nmemory-max = "9G"',
            "pyproject.toml:2: job-memory-max = 10G is more than memory-max "
            "(9G, pyproject.toml:3), which all jobs share",
        ),
        (
            'memory-max = "9G"\n[[tool.rocqshim.files]]\nmatch = "a.v"\njob-memory-max = "10G"',
            "pyproject.toml:5: job-memory-max = 10G is more than memory-max "
            "(9G, pyproject.toml:2), which all jobs share",
        ),
    ],
)
def test_warning(settings: Resolve, text: str, warning: str) -> None:
    assert settings(text).warnings == (warning,)


@pytest.mark.parametrize(
    "text",
    [
        'cpu-quota = "100%"',
        'cpu-quota = "1% of cores"',
        'cpu-quota = "0.5 cores"',
        'memory-max = "252G"',
        'memory-max = "512M"',
        'memory-max = "infinity"\njob-memory-max = "300G"',
        'memory-high = "10G"\nmemory-swap-max = "1G"',
        'memory-high = "infinity"',
        'job-memory-max = "9G"\nmemory-max = "9G"',
    ],
)
def test_no_warning(settings: Resolve, text: str) -> None:
    assert settings(text).warnings == ()


@pytest.mark.parametrize(
    ("cores", "gib"), [(1, 2), (2, 8), (2, 24), (4, 16), (8, 32), (36, 252), (128, 2048)]
)
@pytest.mark.parametrize("profile", ["standard", "conservative", "aggressive", "single"])
def test_no_built_in_profile_warns(settings: Resolve, cores: int, gib: int, profile: str) -> None:
    assert settings(machine=Machine(gib * 1024**3, cores), profile=profile).warnings == ()


def test_caps_are_looked_at_and_one_thing_is_said_once(settings: Resolve) -> None:
    found = settings("", "[caps]\ncpu-quota = '50%'\nmemory-max = '300G'")

    assert [warning.split(": ")[1].split()[0] for warning in found.warnings] == [
        "cpu-quota",
        "memory-max",
    ]


def test_a_cap_that_is_not_reached_is_looked_at_too(settings: Resolve, config: Path) -> None:
    (warning,) = settings("cpu-quota = '0.3 cores'", "caps.cpu-quota = '50%'").warnings

    assert warning.startswith(f"{config}:1: cpu-quota = 50% is 0.5 of ONE core")


@pytest.mark.parametrize(
    ("name", "meant"), [("MEMROY_MAX", "MEMORY_MAX"), ("JOB_MEMORY_MX", "JOB_MEMORY_MAX")]
)
def test_a_misspelt_variable(settings: Resolve, name: str, meant: str) -> None:
    """It would be ignored in silence: other ROCQSHIM_ names belong to launcher and broker."""
    warning = f"ROCQSHIM_{name}: there is no such variable; did you mean ROCQSHIM_{meant}?"

    assert settings("", **{name: "1G"}).warnings == (warning,)


@pytest.mark.parametrize(
    "name", ["SOCKET", "JOB", "IDLE", "STATE", "ERROR", "BROKER_TIMEOUT", "START_TIMEOUT", "HOME"]
)
def test_variables_of_the_launcher_are_no_misspelling(settings: Resolve, name: str) -> None:
    assert settings("", **{name: "x"}).warnings == ()

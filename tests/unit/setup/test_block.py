"""The block as a person gets it, read back by the code that reads settings."""

import re
from pathlib import Path

import pytest
import tomli

from rocqshim.settings.keys import FILE_KEYS, KEYS
from rocqshim.settings.model import Machine
from rocqshim.settings.profile import BUILT_IN
from rocqshim.settings.resolve import jobs_cap, resolve
from rocqshim.setup.block import block

GIB = 1024**3
MACHINES = [Machine(1 * GIB, 1), Machine(int(23.5 * GIB), 2), Machine(252 * GIB, 36)]


def uncommented(text: str) -> str:
    """With every key active; the prose above and between is no ``key = value``."""
    return re.sub(r"^# (?=\[\[|[a-z-]+ = )", "", text, flags=re.M)


def test_what_it_says_of_this_machine() -> None:
    text = block(Machine(int(23.5 * GIB), 2))

    assert "on a machine of 2 cores and 23.5G of memory" in text
    assert 'memory-max = "60%"          # 14.1G of the 23.5G here, for all compilers\n' in text
    assert 'cpu-quota = "75% of cores"  # 1.5 of the 2 cores here\n' in text


@pytest.mark.parametrize("machine", MACHINES, ids=str)
def test_two_lines_are_active_and_hold_nobody_up(machine: Machine, tmp_path: Path) -> None:
    """Neither profile nor jobs: whoever chooses those also chooses how many may run at once."""
    text = block(machine)
    (tmp_path / "pyproject.toml").write_text(text)
    settings = resolve(tmp_path, {}, machine)

    assert set(tomli.loads(text)["tool"]["rocqshim"]) == {"memory-max", "cpu-quota"}
    assert settings.memory_max.origin.name == "pyproject.toml"
    assert jobs_cap(settings) is None


@pytest.mark.parametrize("machine", MACHINES, ids=str)
@pytest.mark.parametrize("profile", [None, *BUILT_IN])
def test_every_comment_becomes_a_setting(
    machine: Machine, profile: str | None, tmp_path: Path
) -> None:
    text = uncommented(block(machine, profile))
    table = tomli.loads(text)["tool"]["rocqshim"]
    (tmp_path / "pyproject.toml").write_text(text)

    resolve(tmp_path, {}, machine)

    assert set(table) - set(KEYS) == {"files"}
    assert set(table["files"][0]) <= set(FILE_KEYS)


def test_which_keys_it_shows_and_in_which_order() -> None:
    text = block(MACHINES[1])

    keys = re.findall(r"^(?:# )?([a-z-]+) = ", text.partition("[[")[0], re.M)
    assert keys == [
        *("memory-max", "cpu-quota", "memory-swap-max", "io-weight", "tasks-max"),
        *("job-memory-max", "job-time-max", "profile", "jobs", "enforce", "log"),
    ]


@pytest.mark.parametrize("profile", BUILT_IN)
def test_a_profile_that_was_asked_for_rules_alone(profile: str) -> None:
    text = block(MACHINES[1], profile)

    assert tomli.loads(text)["tool"]["rocqshim"] == {"profile": profile}
    assert f'# memory-max = "{BUILT_IN[profile].memory}%"' in text


def test_no_line_is_too_long_to_read() -> None:
    for machine in MACHINES:
        for profile in (None, *BUILT_IN):
            assert max(map(len, block(machine, profile).splitlines())) <= 110

"""The reference configuration: the numbers of the four presets, on its machine and on others."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.settings.model import Machine
from rocqshim.settings.resolve import jobs_cap, resolve

EXAMPLE = Path(__file__).parents[2] / "examples/reference-machine"
GIB = 1024**3
# requirements.md: MemoryMax, CPUQuota, IOWeight, TasksMax, -j.
PRESETS = {
    "reference": (150, 2700, 50, 300, 4),
    "reference-conservative": (100, 1800, 30, 200, 2),
    "reference-aggressive": (200, 3200, 100, 500, 8),
    "reference-single": (100, 900, 30, None, 1),
}


@pytest.mark.parametrize("name", PRESETS)
def test_the_numbers(name: str) -> None:
    settings = resolve(EXAMPLE, {"ROCQSHIM_PROFILE": name}, Machine(252 * GIB, 36))

    memory, cpu, weight, tasks, jobs = PRESETS[name]
    assert settings.memory_max.value == memory * GIB
    assert settings.cpu_quota.value == cpu
    assert settings.io_weight.value == weight
    assert settings.tasks_max.value == tasks
    assert jobs_cap(settings) == jobs
    assert settings.warnings == ()


def test_without_a_choice_it_is_the_standard_one() -> None:
    assert resolve(EXAMPLE, {}, Machine(252 * GIB, 36)).profile.value == "reference"


@pytest.mark.parametrize("name", PRESETS)
def test_on_a_small_machine_it_is_valid_and_warns(name: str) -> None:
    settings = resolve(EXAMPLE, {"ROCQSHIM_PROFILE": name}, Machine(16 * GIB, 8))

    assert any("is more than this machine's RAM (16G)" in line for line in settings.warnings)

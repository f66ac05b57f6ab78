"""The text of a new ``[tool.rocqshim]``: for this machine, and good on others."""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.settings.keys import KEYS
from rocqshim.settings.model import Machine
from rocqshim.settings.profile import BUILT_IN, built_in
from rocqshim.settings.size import human_size

_HEAD = """\
# Written by `rocqshim init` on a machine of {here}.
# Shares are of the machine that builds. What applies, and from where: rocqshim config
"""
# Few, because a line in this table is stronger than any profile, also than one that is chosen
# for a single build with ROCQSHIM_PROFILE.
_ACTIVE = ("memory-max", "cpu-quota")
_FURTHER = {
    "job-memory-max": ('"4G"', "one compiler with its children"),
    "job-time-max": ('"1h"', "one compiler; then it is killed"),
    "profile": ('"conservative"', "all limits that no line here sets: {names}"),
    "jobs": ("{jobs}", "compilers at once, whatever -j says; more wait"),
    "enforce": ('"require"', "rather refuse to build without limits (exit 125)"),
    "log": ('"build.log"', "rocqshim run keeps the output of the build there"),
}
_RULE = """#
# [[tool.rocqshim.files]]  # what is different for some files
# match = "theories/Big*.v"
# job-memory-max = "8G"
"""


@dataclass(frozen=True)
class Line:
    """``key = value  # note``, or all of it as a comment."""

    key: str
    value: str
    note: str
    active: bool = False

    @property
    def start(self) -> str:
        """The line without its note."""
        return f"{'' if self.active else '# '}{self.key} = {self.value}"


def block(machine: Machine, profile: str | None = None) -> str:
    """The table as text; ``profile`` was asked for by name, and then it alone rules."""
    lines = _lines(machine, profile)
    width = max(len(line.start) for line in lines)
    body = "".join(f"{line.start:{width}}  # {line.note}\n" for line in lines)
    here = f"{_cores(machine.cores)} and {human_size(machine.memory)} of memory"
    return f"{_HEAD.format(here=here)}[tool.rocqshim]\n{body}{_RULE}"


def _lines(machine: Machine, profile: str | None) -> list[Line]:
    values = built_in(profile or "standard", machine)
    lines = [Line("profile", f'"{profile}"', _names(), active=True)] if profile else []
    for key, text in values.items():
        if key != "jobs":
            active = profile is None and key in _ACTIVE
            lines.append(Line(key, _toml(text), _note(key, text, machine), active))
    lines.sort(key=lambda line: not line.active)
    taken = {line.key for line in lines}
    for key, (example, note) in _FURTHER.items():
        if key not in taken:
            lines.append(
                Line(key, example.format(jobs=values["jobs"]), note.format(names=_names()))
            )
    return lines


def _names() -> str:
    return ", ".join(BUILT_IN)


def _toml(text: str) -> str:
    return text if text.isdecimal() else f'"{text}"'


def _note(key: str, text: str, machine: Machine) -> str:
    value = KEYS[key].parse(text, machine)
    if key == "memory-max" and isinstance(value, int):
        return f"{human_size(value)} of the {human_size(machine.memory)} here, for all compilers"
    if key == "cpu-quota" and isinstance(value, int):
        return f"{value / 100:g} of the {_cores(machine.cores)} here"
    return KEYS[key].help


def _cores(count: int) -> str:
    return f"{count} core" if count == 1 else f"{count} cores"

"""``rocqshim config``: every setting as it is resolved here, each with its origin."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from rocqshim.settings.keys import KEYS
from rocqshim.settings.machine import this_machine
from rocqshim.settings.model import FileRule, Machine, Origin, Setting, Settings
from rocqshim.settings.resolve import jobs_cap, resolve
from rocqshim.settings.size import human_size
from rocqshim.settings.time_span import human_time
from rocqshim.settings.unmatched import unmatched_rules

JSON_VERSION = 1
Row = tuple[Origin, str, str]  # origin, key, value as text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--json``: the same for programs; its ``version`` grows when a key changes its meaning."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Print the settings on stdout and their warnings on stderr. Raises UserError."""
    machine = this_machine()
    settings = resolve(Path("."), os.environ, machine)
    found = (*settings.warnings, *unmatched_rules(settings))
    settings = replace(settings, warnings=found)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A folder's name may be bytes that the terminal's encoding has no letters for.
        sys.stdout.reconfigure(errors="backslashreplace")
    print(json_text(settings, machine) if args.json else text(settings, machine))
    for warning in settings.warnings:
        print(f"rocqshim: warning: {warning}", file=sys.stderr)
    return 0


def text(settings: Settings, machine: Machine) -> str:
    """One line for each value: ``(origin) key = value``, in columns."""
    rows = [*_setting_rows(settings), *_cap_rows(settings)]
    for rule in settings.files:
        rows += _rule_rows(rule)
    first = max(len(str(origin)) for origin, _, _ in rows) + 2
    second = max(len(key) for _, key, _ in rows)
    lines = (f"{f'({origin})':{first}} {key:{second}} = {value}" for origin, key, value in rows)
    head = f"project {settings.project} in {settings.root}"
    return "\n".join((head, *_less(machine), *lines))


def _less(machine: Machine) -> list[str]:
    """Of what per cent and profiles are, where that is not all of the machine."""
    found = []
    if machine.memory_by:
        found.append(f"memory is {human_size(machine.memory)} here: {machine.memory_by}")
    if machine.cpu_by:
        found.append(f"cores are {machine.per_cent / 100:g} here: {machine.cpu_by}")
    return found


def _setting_rows(settings: Settings) -> list[Row]:
    rows = []
    for key in KEYS.values():
        setting: Setting[Any] = getattr(settings, key.field)
        value = _value(key.name, setting.value, setting.text)
        if key.name == "jobs" and jobs_cap(settings) != setting.value:
            value += " (advice for -j: nobody chose it, so none has to wait for it)"
        rows.append((setting.origin, key.name, value))
    return rows


def _cap_rows(settings: Settings) -> list[Row]:
    return [
        (cap.origin, f"cap {key}", _value(key, cap.value, cap.text)) for key, cap in settings.caps
    ]


def _rule_rows(rule: FileRule) -> list[Row]:
    rows = [(rule.origin, "files match", rule.match)]
    for key, origin in rule.given:
        value = getattr(rule, key.replace("-", "_"))
        shown = _rule_value(key, value)
        rows.append((origin, f"  {key}", _value(key, value, shown)))
    return rows


def _rule_value(key: str, value: Any) -> str:  # noqa: ANN401 - as the key has it
    if key == "job-time-max":
        return human_time(value)
    return str(value).lower() if isinstance(value, bool) else human_size(value)


def _value(key: str, value: object, written: str) -> str:
    """The text as it was written, then what it comes to, where that says more."""
    if value is None or isinstance(value, (str, bool)):
        return str(value) if isinstance(value, str) else written or "-"
    if isinstance(value, float):
        human = human_time(value)
        return written if human == written else f"{written} ({human})"
    assert isinstance(value, int)
    if "memory" in key and value:
        human = human_size(value)
        return f"{written} ({'' if human == written else human + ', '}{value} bytes)"
    if key == "cpu-quota" and written != f"{value}%":
        return f"{written} ({value}% of one core)"
    return written


def json_text(settings: Settings, machine: Machine) -> str:
    """Everything as JSON: bytes, seconds, cpu-quota in per cent of one core, null is infinity."""
    document = {
        "version": JSON_VERSION,
        "root": str(settings.root),
        "project": settings.project,
        "machine": {
            "memory": machine.memory,
            "memory_by": machine.memory_by or None,
            "cores": machine.cores,
            "cpu": machine.per_cent,
            "cpu_by": machine.cpu_by or None,
        },
        "settings": {key.name: _setting(getattr(settings, key.field)) for key in KEYS.values()},
        "jobs_cap": jobs_cap(settings),
        "caps": {key: _setting(cap) for key, cap in settings.caps},
        "files": [_rule(rule) for rule in settings.files],
        "warnings": list(settings.warnings),
    }
    return json.dumps(document, indent=2)


def _setting(setting: Setting[Any]) -> dict[str, object]:
    return {"value": setting.value, "text": setting.text, "origin": _origin(setting.origin)}


def _rule(rule: FileRule) -> dict[str, object]:
    return {
        "match": rule.match,
        "job-memory-max": rule.job_memory_max,
        "job-time-max": rule.job_time_max,
        "expected-memory": rule.expected_memory,
        "exclusive": rule.exclusive,
        "origin": _origin(rule.origin),
        "given": {key: _origin(origin) for key, origin in rule.given},
    }


def _origin(origin: Origin) -> dict[str, object]:
    return {"name": origin.name, "line": origin.line, "by": origin.by.value}

"""The ROCQSHIM_* variables: one for every setting, stronger than all files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rocqshim.settings.found import BadValue
from rocqshim.settings.keys import KEYS
from rocqshim.settings.layer import Place, Values, value_of
from rocqshim.settings.model import By, Origin, Setting
from rocqshim.settings.refusal import bad_value

_PREFIX = "ROCQSHIM_"
# Launcher and broker have variables of their own (ROCQSHIM_JOB, beside ROCQSHIM_JOBS): only a
# long name that is off by a letter or two is taken for a slip.
_LONG = len(_PREFIX) + 6
_ALIKE = 0.92


def read_environment(environ: Mapping[str, str], place: Place) -> Values:
    """The settings among the variables; an empty one counts as not set. Raises UserError."""
    values: Values = {}
    for key in KEYS.values():
        found = environ.get(key.variable, "")
        if not found.strip():
            continue
        try:
            value = value_of(key, found, place)
        except BadValue as bad:
            raise bad_value("", key.variable, found, bad) from bad
        values[key.name] = Setting(value, found.strip(), Origin(key.variable, by=By.VARIABLE))
    return values


def misspelt(environ: Mapping[str, str]) -> Iterator[str]:
    """A warning for each variable that looks like a setting's and is not."""
    known = [key.variable for key in KEYS.values()]
    for name in environ:
        if not name.startswith(_PREFIX) or len(name) < _LONG or name in known:
            continue
        import difflib  # 1 ms, for odd names only

        for meant in difflib.get_close_matches(name, known, 1, _ALIKE):
            yield f"{name}: there is no such variable; did you mean {meant}?"

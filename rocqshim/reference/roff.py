"""Manual pages: texts in ``man/`` with places for what the parsers and the key table know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import dedent

from rocqshim import __version__
from rocqshim.launch.call import PROBE_FLAGS
from rocqshim.launch.main import USAGE
from rocqshim.reference.commands import Argument, CommandLine, Value, command_lines
from rocqshim.settings.keys import CAP_KEYS, FILE_KEYS, KEYS, PROFILE_KEYS, Key
from rocqshim.settings.profile import BUILT_IN

TEXTS = Path(__file__).parent / "man"
PAGES = ("rocq-exec.1", "rocqshim.1", "rocqshim.toml.5")


def page(name: str) -> str:
    """One of PAGES as roff."""
    text = (TEXTS / name).read_text("utf-8")
    for place, value in _values(command_lines()).items():
        text = text.replace(place, value)
    return text


def _values(commands: list[CommandLine]) -> dict[str, str]:
    return {
        "@VERSION@": _escaped(__version__),
        "@SYNOPSIS@": "\n.br\n".join(map(_synopsis, commands)),
        "@COMMANDS@": "\n".join(map(_command, commands)),
        "@VARIABLES@": "\n".join(_entry(key.variable, key.name) for key in KEYS.values()),
        "@USAGE@": _escaped(dedent(USAGE.replace("usage: ", " " * 7).partition("\nLimits")[0])),
        "@PROBE_FLAGS@": _names(sorted(PROBE_FLAGS)),
        "@KEYS@": "\n".join(map(_key, KEYS.values())),
        "@FILE_KEYS@": "\n".join(map(_key, FILE_KEYS.values())),
        "@PROFILE_KEYS@": _names(PROFILE_KEYS),
        "@CAP_KEYS@": _names(CAP_KEYS),
        "@PROFILES@": _names(BUILT_IN),
    }


def _names(names: Iterable[str] | Mapping[str, object]) -> str:
    return ", ".join(rf"\fB{_escaped(name)}\fR" for name in names)


def _synopsis(command: CommandLine) -> str:
    options = [
        f"[{_spelt(it.flags[-1], it)}]" for it in command.options if "--help" not in it.flags
    ]
    positional = [_operand(command.positional)] if command.positional else []
    return " ".join([rf"\fBrocqshim {_escaped(command.name)}\fR", *options, *positional])


def _operand(argument: Argument) -> str:
    text = rf"\fI{_escaped(argument.metavar)}\fR"
    is_plain = argument.required or argument.metavar.startswith("[")
    return text if is_plain else f"[{text}]"


def _spelt(flag: str, option: Argument) -> str:
    value = "" if option.value is Value.NONE else rf" \fI{_escaped(option.metavar)}\fR"
    return rf"\fB{_escaped(flag)}\fR{value}"


def _command(command: CommandLine) -> str:
    lines = [f".SS {_escaped(command.name)}", _sentence(command.summary)]
    for each in command.arguments:
        if each.help and "--help" not in each.flags:
            head = ", ".join(_spelt(flag, each) for flag in each.flags) or _operand(each)
            lines += [".TP", head, _escaped(each.help)]
    return "\n".join(lines)


def _key(key: Key) -> str:
    return _entry(key.name, f"{_sentence(key.help)[:-1]}: {key.allowed}")


def _entry(name: str, text: str) -> str:
    return f".TP\n.B {_escaped(name)}\n{_escaped(text)}"


def _sentence(text: str) -> str:
    return _escaped(f"{text[0].upper()}{text[1:]}.")


def _escaped(text: str) -> str:
    """Nothing of it is a request, and a hyphen is the character that people copy."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").split("\n")
    return "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in lines)

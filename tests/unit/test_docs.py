"""What the documents say of keys, commands and options is what the program has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from rocqshim.__main__ import COMMANDS, parser_of
from rocqshim.settings.keys import CAP_KEYS, FILE_KEYS, INHERITS, KEYS, PROFILE_KEYS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SETTINGS = (ROOT / "docs/settings.md").read_text()
# `rocqshim …` where a command line begins: in a block, behind $, or in backquotes.
CALL = re.compile(r"(?:^ {4}(?:\$ )?|^\$ |`)rocqshim ([a-z]+(?![\w.])[^`\n]*)", re.MULTILINE)
# The end of what is a command line: a comment, another command, a redirection, "and so on".
END = re.compile(r" +#.*|\s(?:&&|\|\||[|>]|2>|\().*|;.*|…")


def rows() -> dict[str, list[str]]:
    """The table of all keys: by key, its columns."""
    table = SETTINGS.partition("## All keys")[2].partition("\nIn `[[")[0]
    cells = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): [cell.strip() for cell in row] for row in cells}


def test_each_setting_has_its_row() -> None:
    assert set(rows()) == set(KEYS)
    for name, row in rows().items():
        assert (row[-2] == "yes", row[-1] == "yes") == (name in PROFILE_KEYS, name in CAP_KEYS), (
            name
        )


def test_each_key_of_a_rule_and_of_a_profile_is_named() -> None:
    text = SETTINGS.partition("In `[[tool.rocqshim.files]]`:")[2].partition("\n\n")[0]

    assert all(f"`{name}`" in text for name in (*FILE_KEYS, INHERITS.name))


def test_the_config_that_is_shown_has_each_setting() -> None:
    shown = SETTINGS.partition("$ rocqshim config\n")[2].partition("```")[0]

    assert re.findall(r"^\(.*?\)\s+(\S+)\s+=", shown, re.MULTILINE) == list(KEYS)


def test_the_keys_of_an_error_are_those_that_there_are() -> None:
    assert f"Known: {', '.join(KEYS)}, profiles, files." in SETTINGS


def calls() -> list[tuple[str, str]]:
    """Each command line, with its page."""
    found = [(page.name, call[1]) for page in PAGES for call in CALL.finditer(page.read_text())]
    return [(name, END.sub("", line).strip()) for name, line in found]


@pytest.mark.parametrize(("page", "line"), sorted(set(calls())))
def test_a_command_line_is_one(page: str, line: str) -> None:
    words = shlex.split(line)

    assert words[0] in COMMANDS, page
    if words[0] != "exec":
        own = words[1 : words.index("--")] if "--" in words else words[1:]
        if words[0] in ("run", "doctor"):  # behind the command, options are the command's
            own = own[: next((at for at, it in enumerate(own) if it[0] not in "-["), len(own))]
        given = [word.strip("[]").partition("=")[0] for word in own]
        flags = [word for word in given if re.fullmatch("--?[a-z].*", word)]
        assert set(flags) <= set(parser_of(words[0]).flags())


def test_there_are_many() -> None:
    assert len(calls()) > 100

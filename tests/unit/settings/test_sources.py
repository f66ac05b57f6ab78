from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.errors import UserError
from rocqshim.settings import sources
from rocqshim.settings.files import rule_for

from .support import Resolve


def refused(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        content = sources.read(str(path))
        assert content is not None
        sources.parse(str(path), content)
    return caught.value


def test_no_file_is_no_error(tmp_path: Path) -> None:
    assert sources.read(str(tmp_path / "none")) is None


def test_below_a_file_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert sources.read(str(tmp_path / "file" / "config.toml")) is None


def test_a_folder_of_that_name(tmp_path: Path) -> None:
    assert refused(tmp_path).fact == f"{tmp_path} is a directory."


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert refused(tmp_path / "pipe").fact.endswith("is not a regular file.")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(10**12)

    assert "too large for settings: more than 131072 bytes" in refused(path).fact


def test_a_loop_of_links(tmp_path: Path) -> None:
    path = tmp_path / "loop"
    path.symlink_to(path)

    assert refused(path).fact == f"{path} cannot be read: Too many levels of symbolic links."


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faked: as root, nothing is unreadable."""

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "secret"
    path.touch()
    monkeypatch.setattr(sources, "read_regular", denied)

    error = refused(path)

    assert error.fact == f"{path} cannot be read: Permission denied."
    assert "ROCQSHIM_ENFORCE=off" in error.hint


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"\xef\xbb\xbfa = 1", ":1: the file begins with a byte order mark."),
        (b"\xff\xfea\x00", ":1: the file begins with a byte order mark."),
        (b"a = 1\nb = '\xe9'", ":2: byte 0xe9 is not UTF-8."),
        (b"a = 1\nb = \n", ":2: not TOML: Invalid value at column 5."),
        (b"a = 1\na = 2\nc = 3", ":2: not TOML: Cannot overwrite a value at column 6."),
        (b"a = 1\n[tool.rocqshim", ":2: not TOML: Expected ']' at the end of a table declaration."),
        (b'a = 1\n\nb = "x\n\n', ":3: not TOML: Illegal character '\\n' at column 7."),
        (b"a = [1,\n2\n\n", ":2: not TOML: Unclosed array."),
        (b"\x00", ":1: not TOML: Invalid statement at column 1."),
        (b"", ""),
    ],
)
def test_what_is_not_toml(tmp_path: Path, content: bytes, fact: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(content)

    if fact:
        assert refused(path).fact == f"{path}{fact}"
    else:
        assert sources.parse(str(path), content) == ("", {})


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("memory-max = 4G", 'Put the value in quotes: memory-max = "4G"'),
        ("memory-max=1.5G # all", 'Put the value in quotes: memory-max = "1.5G"'),
        ("memory-max = infinity", 'Put the value in quotes: memory-max = "infinity"'),
        ("memory-max = 60 %", 'Put the value in quotes: memory-max = "60 %"'),
        ("cpu-quota = 75% of cores", 'Put the value in quotes: cpu-quota = "75% of cores"'),
        ("profile = night", 'Put the value in quotes: profile = "night"'),
        ("log = “build.log”", 'Put the value in quotes: log = "build.log"'),
        ("match = **/Big.v", 'Put the value in quotes: match = "**/Big.v"'),
        ("caps = {memory-max = 4G, jobs = 3}", 'Put the value in quotes: memory-max = "4G"'),
        ("files = [{match = a.v}]", 'Put the value in quotes: match = "a.v"'),
        ("a.slice = rocq-a.slice", 'Put the value in quotes: a.slice = "rocq-a.slice"'),
        ("timed = True", "Write timed = true, in small letters and without quotes."),
        ("timed = no", "Write timed = false, in small letters and without quotes."),
        ("enforce = off", 'Put the value in quotes: enforce = "off"'),
        ("memory-max = ", "Correct that line."),
        ('memory-max = = "4G"', "Correct that line."),
        ('memory-max "4G"', "Correct that line."),
        ("jobs = 1 retries = 2", "Correct that line."),
        ('slice = "a', "Correct that line."),
    ],
)
def test_a_value_without_quotes(line: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        sources.parse("pyproject.toml", f"[tool.rocqshim]\n{line}\njobs = 1\n".encode())

    assert caught.value.hint == hint
    assert caught.value.fact.startswith("pyproject.toml:2: not TOML: ")


@pytest.mark.parametrize("content", [b"a = " + b"9" * 5000, b"a = " + b"[" * 5000])
def test_what_tomli_cannot_stomach(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(content)

    assert refused(path).fact.startswith(f"{path} cannot be read: ")


@given(st.binary(max_size=60) | st.text(alphabet='[]{}="a1.\n\\', max_size=40).map(str.encode))
def test_any_bytes_are_toml_or_an_error_of_one_line(content: bytes) -> None:
    try:
        sources.parse("file", content)
    except UserError as error:
        assert error.fact.startswith("file")
        assert "\n" not in error.fact + error.hint


def test_a_key_whose_line_is_not_known_is_at_its_table() -> None:
    source = sources.Source("/x/f.toml", "f.toml", "\n[tool.shim]\na = 1", {}, ("tool", "shim"))

    assert [source.line("a"), source.line("b"), source.line()] == [3, 2, 2]
    assert str(source.origin("b", 0, "c")) == "f.toml:2"
    assert sources.Source("/x", "f.toml", "", {}).line("a") is None


def test_the_stamp_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    none = sources.stamp(str(path))
    path.write_text("a")
    first = sources.stamp(str(path))
    path.write_text("ab")

    assert none is None
    assert len({none, first, sources.stamp(str(path))}) == 3


ROOM = sources.LARGEST - 100
OURS = "[tool.rocqshim]\n"
WORST = {
    "parts of a key": OURS + ".".join("a" * (ROOM // 2)) + "=1\n",
    "parts of a header": f"[{'.'.join('a' * (ROOM // 2))}]\n{OURS}",
    "parts in many lines": OURS
    + "".join(f"{'.'.join('a' * 900)}.b{it}=1\n" for it in range(ROOM // 1810)),
    "nested arrays": OURS + "a=[" + ("[" * 300 + "]" * 300 + ",") * (ROOM // 601) + "]\n",
    "nested tables": OURS + "a=[" + ("{a=" * 300 + "1" + "}" * 300 + ",") * (ROOM // 1203) + "]\n",
    "unknown settings": OURS + "".join(f"a{number}=1\n" for number in range(ROOM // 9)),
    "profiles in a row": OURS
    + "".join(
        f"[tool.rocqshim.profiles.a{it}]\ninherits='a{it + 1}'\n" for it in range(ROOM // 60)
    ),
    "rules": OURS + "[[tool.rocqshim.files]]\nmatch='*'\nexclusive=true\n" * (ROOM // 50),
    "a name like ours": "[rocqshim" + "roc" * (ROOM // 3) + "]\n",
}


@pytest.mark.parametrize("text", WORST.values(), ids=list(WORST))
def test_the_worst_that_the_size_allows(root: Path, settings: Resolve, text: str) -> None:
    """Read in about a second, or refused in one line that names the file."""
    began = time.process_time()
    try:
        rule_for(settings(text), "theories/A.v")
    except UserError as error:
        assert error.fact.startswith(f"{root}/pyproject.toml") and len(error.fact) < 400
    assert time.process_time() - began < 5

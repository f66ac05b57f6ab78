from pathlib import Path

import pytest
import tomli

from rocqshim.errors import UserError
from rocqshim.setup.pyproject import with_block

BLOCK = '[tool.rocqshim]\nmemory-max = "1G"\n'

# What somebody has, and the same with ours at its end.
FILES = {
    "nothing": ("", BLOCK),
    "a project": ("[project]\nname = 'x'\n", f"[project]\nname = 'x'\n\n{BLOCK}"),
    "no newline at its end": ("a = 1", f"a = 1\n\n{BLOCK}"),
    "other tools": ("[tool.ruff]\nx = 1\n", f"[tool.ruff]\nx = 1\n\n{BLOCK}"),
    "a comment alone": ("# mine\n", f"# mine\n\n{BLOCK}"),
    "not a number": ("a = nan\n", f"a = nan\n\n{BLOCK}"),
    "a table that is ours by name only": (
        "[tool.rocqshim-x]\n",
        f"[tool.rocqshim-x]\n\n{BLOCK}",
    ),
    "Windows": ("[a]\r\nb = 1\r\n", "[a]\r\nb = 1\r\n\r\n" + BLOCK.replace("\n", "\r\n")),
}


@pytest.mark.parametrize("name", FILES)
def test_the_block_comes_to_the_end(tmp_path: Path, name: str) -> None:
    before, after = FILES[name]
    path = tmp_path / "pyproject.toml"
    path.write_bytes(before.encode())

    text = with_block(path, BLOCK)

    assert text == after
    assert tomli.loads(text)["tool"]["rocqshim"] == {"memory-max": "1G"}
    assert path.read_bytes() == before.encode()


def test_without_a_file_the_block_is_all(tmp_path: Path) -> None:
    assert with_block(tmp_path / "pyproject.toml", BLOCK) == BLOCK


@pytest.mark.parametrize(
    "text",
    [
        "[tool.rocqshim]\n",
        "[tool]\nrocqshim = {}\n",
        "tool.rocqshim.jobs = 2\n",
        "[tool.rocqshim.profiles.mine]\n",
        "[[tool.rocqshim.files]]\nmatch = 'x'\n",
    ],
)
def test_a_table_that_is_there_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)

    assert with_block(tmp_path / "pyproject.toml", BLOCK) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[tool\n", r"pyproject.toml:1: not TOML"),
        (b"a = 1\na = 2\n", r"pyproject.toml:2: not TOML"),
        (b"\xff", r"pyproject.toml:1: byte 0xff is not UTF-8"),
        (b"tool = {}\n", "cannot take a .tool.rocqshim. table at its end"),
        (b"tool = 3\n", "cannot take a .tool.rocqshim. table at its end"),
        (b"[[tool]]\n[other]\n", "cannot take a .tool.rocqshim. table at its end"),
    ],
)
def test_what_cannot_be_added_to_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)

    with pytest.raises(UserError, match=message):
        with_block(tmp_path / "pyproject.toml", BLOCK)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a directory"):
        with_block(tmp_path, BLOCK)

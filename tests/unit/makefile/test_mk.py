"""``rocqshim mk``, through the command table."""

from pathlib import Path

import pytest

from rocqshim.__main__ import main
from rocqshim.makefile.include import render


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


Output = pytest.CaptureFixture[str]


def test_it_writes_the_default_file_and_its_folder(here: Path, capsys: Output) -> None:
    assert main(["mk"]) == 0
    assert (here / "mk/rocq-limits.mk").read_text() == render()
    assert capsys.readouterr().out == "mk/rocq-limits.mk written\n"

    assert main(["mk"]) == 0
    assert capsys.readouterr().out == "mk/rocq-limits.mk is current\n"


def test_below_the_project_s_root_it_writes_there(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "pyproject.toml").write_text("[tool.rocqshim]\n")
    (here / "theories").mkdir()
    monkeypatch.chdir(here / "theories")

    assert main(["mk"]) == 0

    assert (here / "mk/rocq-limits.mk").exists()
    assert main(["mk", "--check"]) == 0


@pytest.mark.parametrize("inner", [{}, {"pyproject.toml": "[project]\n"}])
@pytest.mark.parametrize("outer", [".git", "_CoqProject"])
def test_below_a_project_without_settings_it_writes_there(
    here: Path, monkeypatch: pytest.MonkeyPatch, outer: str, inner: dict[str, str]
) -> None:
    """Where every other command has the project, and doctor looks for the file."""
    (here / outer).touch()
    (here / "theories").mkdir()
    monkeypatch.chdir(here / "theories")
    for name, text in inner.items():
        Path(name).write_text(text)

    assert main(["mk"]) == 0

    assert (here / "mk/rocq-limits.mk").exists()
    assert not Path("mk").exists()


def test_a_pyproject_of_others_below_the_project_s_makes_no_second_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "pyproject.toml").write_text("[tool.rocqshim]\n")
    (here / "sub").mkdir()
    monkeypatch.chdir(here / "sub")
    Path("pyproject.toml").write_text("[project]\n")

    assert main(["mk"]) == 0

    assert (here / "mk/rocq-limits.mk").exists()
    assert not Path("mk").exists()


def test_another_file_and_stdout(here: Path, capsys: Output) -> None:
    assert main(["mk", "-o", "build/limits.mk"]) == 0
    assert (here / "build/limits.mk").read_text() == render()
    capsys.readouterr()

    assert main(["mk", "-o", "-"]) == 0
    assert capsys.readouterr().out == render()


def test_check(here: Path, capsys: Output) -> None:
    assert main(["mk", "--check"]) == 1
    assert "mk/rocq-limits.mk is missing" in capsys.readouterr().err

    main(["mk"])
    capsys.readouterr()
    assert main(["mk", "--check"]) == 0
    assert capsys.readouterr() == ("", "")

    path = here / "mk/rocq-limits.mk"
    path.write_text(path.read_text() + "# mine")
    assert main(["mk", "--check"]) == 1
    diff = capsys.readouterr().out
    assert diff.startswith("--- mk/rocq-limits.mk\n+++ rocqshim mk\n")
    assert "\n-# mine\n" in diff

    assert main(["mk"]) == 0
    assert main(["mk", "--check"]) == 0


def test_line_ends_of_another_system_are_stale(here: Path) -> None:
    """make 4 takes a carriage return for a part of the value."""
    (here / "mk").mkdir()
    (here / "mk/rocq-limits.mk").write_bytes(render().replace("\n", "\r\n").encode())

    assert main(["mk", "--check"]) == 1


def test_a_makefile_is_not_overwritten(here: Path, capsys: Output) -> None:
    (here / "Makefile").write_text("all: ;\n")

    assert main(["mk", "-o", "Makefile"]) == 1

    assert (here / "Makefile").read_text() == "all: ;\n"
    assert "Makefile was not written by rocqshim" in capsys.readouterr().err


def test_the_copy_in_the_repository_is_current() -> None:
    copy = Path(__file__).parents[3] / "mk/rocq-limits.mk"

    assert copy.read_text() == render()

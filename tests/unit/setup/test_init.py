"""``rocqshim init``, through the command table, in a folder of its own."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
import tomli

from rocqshim.__main__ import main
from rocqshim.makefile.include import digest, render

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def test_a_project_within_a_repository_begins_where_it_is_called(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All other commands take the outer folder until there are settings."""
    (here / ".git").mkdir()
    (here / "inner").mkdir()
    monkeypatch.chdir(here / "inner")

    assert main(["init"]) == main(["mk", "--check"]) == 0

    assert set(contents(here)) == {"inner/pyproject.toml", "inner/mk/rocq-limits.mk"}


@pytest.mark.parametrize(
    ("files", "at", "line", "target"),
    [
        (("pyproject.toml", "sub/Makefile"), "sub", "include ../mk/rocq-limits.mk", "Makefile"),
        (("pyproject.toml", "Makefile"), "sub", "include mk/rocq-limits.mk", "../Makefile"),
        (("pyproject.toml", "Makefile"), "a/b", "include mk/rocq-limits.mk", "../../Makefile"),
        (("pyproject.toml", "a/Makefile"), "a/b", "include ../mk/rocq-limits.mk", "../Makefile"),
        (("_CoqProject", "Makefile"), "sub", "include mk/rocq-limits.mk", "../Makefile"),
        ((".git", "Makefile", "sub/Makefile"), "sub", "include mk/rocq-limits.mk", "Makefile"),
        (
            ("pyproject.toml", "a b/Makefile"),
            "a b/c",
            "include ../mk/rocq-limits.mk",
            "../Makefile",
        ),
    ],
)
def test_below_a_project_the_command_works_from_where_one_stands(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output,
    files: tuple[str, ...], at: str, line: str, target: str,
) -> None:  # fmt: skip
    (here / at).mkdir(parents=True)
    for name in files:
        text = "[tool.rocqshim]\n" if name == "pyproject.toml" else "all: ;\n"
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text(text)
    monkeypatch.chdir(here / at)

    assert main(["init"]) == 0

    command = capsys.readouterr().out.splitlines()[-1].strip()
    assert command == f"echo '{line}' >> {target}"
    subprocess.run(command, shell=True, check=True)
    made = subprocess.run(["make", "-n", "-C", os.path.dirname(target) or "."], check=False)
    assert made.returncode == 0
    assert main(["init"]) == 0
    assert f"{target} includes it already" in capsys.readouterr().out


def test_a_file_of_our_name_is_left_alone(here: Path, capsys: Output) -> None:
    (here / "rocqshim.toml").write_text("jobs = 2\n")

    assert main(["init", "--profile", "single"]) == 0

    assert set(contents(here)) == {"rocqshim.toml", "mk/rocq-limits.mk"}
    assert 'left alone: set profile = "single" in its settings' in capsys.readouterr().out


def test_below_a_project_without_a_makefile(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    (here / "_CoqProject").touch()
    (here / "theories").mkdir()
    monkeypatch.chdir(here / "theories")

    assert main(["init"]) == 0

    assert set(contents(here)) == {"_CoqProject", "pyproject.toml", "mk/rocq-limits.mk"}
    assert "  cd ..\n  coq_makefile -f _CoqProject -o CoqMakefile\n" in capsys.readouterr().out


def test_a_new_project(here: Path, capsys: Output) -> None:
    (here / "Makefile").write_text("all: ;\n")

    assert main(["init"]) == 0

    assert set(contents(here)) == {"Makefile", "pyproject.toml", "mk/rocq-limits.mk"}
    assert set(tomli.loads((here / "pyproject.toml").read_text())) == {"tool"}
    assert (here / "mk/rocq-limits.mk").read_text() == render()
    assert capsys.readouterr().out == (
        "pyproject.toml     written\n"
        "mk/rocq-limits.mk  written\n"
        "Now add one line to Makefile:\n"
        "  echo 'include mk/rocq-limits.mk' >> Makefile\n"
    )


def test_a_second_time_changes_nothing(here: Path, capsys: Output) -> None:
    main(["init"])
    before = contents(here)
    capsys.readouterr()

    assert main(["init"]) == 0

    assert contents(here) == before
    out = capsys.readouterr().out
    assert "pyproject.toml     left alone: it has [tool.rocqshim]\n" in out
    assert "mk/rocq-limits.mk  is current\n" in out


def test_what_a_person_wrote_stays(here: Path, capsys: Output) -> None:
    main(["init"])
    include = here / "mk/rocq-limits.mk"
    include.write_text(include.read_text() + "# mine\n")
    (here / "pyproject.toml").write_text('[tool.rocqshim]\nmemory-max = "1G" # mine\n')
    before = contents(here)
    capsys.readouterr()

    assert main(["init", "--profile", "single"]) == 0

    assert contents(here) == before
    out = capsys.readouterr().out
    assert 'left alone: set profile = "single" in its [tool.rocqshim] by hand' in out
    assert "left alone: it was changed by hand" in out


def test_settings_that_every_build_refuses_are_no_good_start(here: Path, capsys: Output) -> None:
    (here / "pyproject.toml").write_text("[tool.rocqshim]\nmemory_max = '1G'\n")

    assert main(["init"]) == 1

    assert "pyproject.toml:2" in capsys.readouterr().err
    assert not (here / "mk").exists()


def test_an_include_of_somebody_else_stays(here: Path, capsys: Output) -> None:
    (here / "mk").mkdir()
    (here / "mk/rocq-limits.mk").write_text("x = 1\n")

    assert main(["init"]) == 0

    assert (here / "mk/rocq-limits.mk").read_text() == "x = 1\n"
    assert "left alone: rocqshim did not write it" in capsys.readouterr().out


def test_an_older_include_is_brought_up_to_date(here: Path, capsys: Output) -> None:
    stamp = f"# Written by `rocqshim mk`, format 0, digest {digest('# title', 'x')}."
    (here / "mk").mkdir()
    (here / "mk/rocq-limits.mk").write_text(f"# title\n{stamp}\nx")

    assert main(["init"]) == 0

    assert (here / "mk/rocq-limits.mk").read_text() == render()
    assert "brought up to date" in capsys.readouterr().out


def test_a_file_with_other_tables_gets_ours_and_keeps_its_mode(here: Path, capsys: Output) -> None:
    path = here / "pyproject.toml"
    path.write_text("[project]\nname = 'x'\n")
    path.chmod(0o640)

    assert main(["init", "--profile", "conservative"]) == 0

    assert path.read_text().startswith("[project]\nname = 'x'\n\n# Written by")
    assert tomli.loads(path.read_text())["tool"]["rocqshim"] == {"profile": "conservative"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "[tool.rocqshim] added" in capsys.readouterr().out


def test_below_the_root_of_a_project_it_is_the_root_s(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    (here / "pyproject.toml").write_text("[tool.rocqshim]\n")
    (here / "theories").mkdir()
    monkeypatch.chdir(here / "theories")

    assert main(["init"]) == 0

    assert set(contents(here)) == {"pyproject.toml", "mk/rocq-limits.mk"}
    assert "../mk/rocq-limits.mk  written" in capsys.readouterr().out


def test_a_folder_with_a_pyproject_of_its_own_is_a_project(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "pyproject.toml").write_text("[tool.rocqshim]\n")
    (here / "inner").mkdir()
    (here / "inner/pyproject.toml").write_text("")
    monkeypatch.chdir(here / "inner")

    assert main(["init"]) == 0

    assert "rocqshim" in tomli.loads((here / "inner/pyproject.toml").read_text())["tool"]


REFUSED = {
    "broken": b"[tool\n",
    "inline tool": b"tool = {}\n",
    "not UTF-8": b"\xff\xfe",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_pyproject_that_cannot_be_added_to_stops_all(
    here: Path, capsys: Output, name: str
) -> None:
    (here / "pyproject.toml").write_bytes(REFUSED[name])

    assert main(["init"]) == 1

    assert contents(here) == {"pyproject.toml": REFUSED[name]}
    assert capsys.readouterr().err.startswith(f"rocqshim: {here}/pyproject.toml")


def test_a_read_only_pyproject_stops_all(here: Path, capsys: Output) -> None:
    (here / "pyproject.toml").write_text("a = 1\n")
    (here / "pyproject.toml").chmod(0o444)

    assert main(["init"]) == 1

    assert contents(here) == {"pyproject.toml": b"a = 1\n"}
    assert not (here / "mk").exists()
    assert "cannot be written: it is read-only" in capsys.readouterr().err


def test_an_mk_that_is_a_file_stops_all(here: Path, capsys: Output) -> None:
    (here / "mk").write_text("")

    assert main(["init"]) == 1

    assert contents(here) == {"mk": b""}
    assert "cannot be written" in capsys.readouterr().err


def test_an_unknown_profile_stops_all(here: Path, capsys: Output) -> None:
    assert main(["init", "--profile", "aggresive"]) == 2
    assert contents(here) == {}
    assert "Did you mean aggressive?" in capsys.readouterr().err

    assert main(["init", "--profile", "x"]) == 2
    assert "Choose standard, conservative, aggressive, single." in capsys.readouterr().err

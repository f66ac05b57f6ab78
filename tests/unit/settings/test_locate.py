from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.errors import UserError
from rocqshim.settings import locate
from rocqshim.settings.dune import is_context, source_of
from rocqshim.settings.locate import (
    find_project,
    project_name,
    read_user,
    user_file,
)
from rocqshim.settings.model import Machine
from rocqshim.settings.names import slice_name
from rocqshim.settings.resolve import resolve

TABLE = "[tool.rocqshim]\njobs = 3\n"


def deep(root: Path) -> Path:
    folder = root / "a" / "b" / "c"
    folder.mkdir(parents=True)
    return folder


def test_the_nearest_table_upwards(root: Path) -> None:
    start = deep(root)
    (root / "pyproject.toml").write_text("[tool.rocqshim]\njobs = 1\n")
    (root / "a" / "pyproject.toml").write_text(TABLE)

    found = find_project(start)

    assert found.root == str(root / "a")
    assert found.source is not None
    assert found.source.table == {"jobs": 3}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[project]\n",
        "[tool.rocq]\n",
        "[tool.rocq]\nx = 'rocqshim'",
        "x = 'rocqshim'\n",
        "tool = 'rocqshim'",
        "{ not toml",
    ],
)
def test_a_file_without_the_table_is_passed_over(root: Path, text: str) -> None:
    start = deep(root)
    (root / "pyproject.toml").write_text(TABLE)
    (root / "a" / "b" / "pyproject.toml").write_text(text)

    assert find_project(start).root == str(root)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("\n[tool.rocqshm]\njobs = 3\n", "tool.rocqshm"),
        ("\n[tool.Rocqshim]\njobs = 3\n", "tool.Rocqshim"),
        ("\n[rocqshim]\njobs = 3\n", "rocqshim"),
        ("\n  [[ tool.rocqshims ]]\n", "tool.rocqshims"),
    ],
)
def test_a_table_with_a_wrong_name_is_told_of(root: Path, text: str, name: str) -> None:
    (root / "pyproject.toml").write_text(text)

    (warning,) = find_project(root).warnings

    path = f"{root}/pyproject.toml:2"
    assert warning == f"{path}: [{name}] is not read; did you mean [tool.rocqshim]?"


@pytest.mark.parametrize("text", ["[tool.rocq]\n", "[tool.coq]\nrocqshim = 1\n", "[project]\n"])
def test_other_tables_are_nobodys_slip(root: Path, text: str) -> None:
    (root / "pyproject.toml").write_text(text)

    assert find_project(root).warnings == ()


def test_a_build_without_settings_is_one_project(root: Path) -> None:
    """An unpacked tarball: no .git, a _CoqProject in each folder that make enters."""
    start = deep(root)
    (start / "_CoqProject").touch()

    assert find_project(start).root == str(start)
    assert find_project(start, str(root)).root == str(root)
    for stranger in (f"{root}/other", "a", "", str(start / "d")):
        assert find_project(start, stranger).root == str(start)


def test_settings_and_outer_markers_win_over_the_folder_of_the_build(root: Path) -> None:
    start = deep(root)
    (root / ".git").mkdir()
    assert find_project(start, str(root / "a")).root == str(root)

    (root / "a" / "b" / "pyproject.toml").write_text(TABLE)
    assert find_project(start, str(root / "a")).root == str(root / "a" / "b")


def test_an_empty_table_is_one(root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool.rocqshim]")

    assert find_project(deep(root)).root == str(root)


def test_everything_on_the_way_is_seen(root: Path) -> None:
    start = deep(root)
    (root / "pyproject.toml").write_text(TABLE)
    (root / "a" / "pyproject.toml").write_text("")

    seen = find_project(start).seen

    folders = (start, root / "a" / "b", root / "a", root)
    names = ("rocqshim.toml", "pyproject.toml")
    assert [one.path for one in seen] == [str(it / name) for it in folders for name in names]
    assert [one.stamp is None for one in seen[1::2]] == [True, True, False, False]


def test_a_file_of_our_name_has_the_settings_at_its_top(root: Path) -> None:
    start = deep(root)
    (root / "pyproject.toml").write_text(TABLE)
    (root / "a" / "rocqshim.toml").write_text("jobs = 5\n[[files]]\nmatch = 'a.v'\n")

    found = find_project(start)

    assert found.root == str(root / "a")
    assert found.source is not None
    assert found.source.table["jobs"] == 5
    assert str(found.source.origin("files", 0, "match")) == "rocqshim.toml:3"


def test_of_two_files_in_a_folder_one_is_read_and_the_other_named(root: Path) -> None:
    (root / "pyproject.toml").write_text(f"\n{TABLE}")
    (root / "rocqshim.toml").write_text("jobs = 5\n")

    found = find_project(deep(root))

    assert found.source is not None and found.source.name == "rocqshim.toml"
    assert found.warnings == ("pyproject.toml:2 is not read: rocqshim.toml is there",)


def test_no_tool_table_in_a_file_of_our_name(root: Path) -> None:
    (root / "rocqshim.toml").write_text(TABLE)

    with pytest.raises(UserError, match=r"rocqshim\.toml:1: this file has no \[tool\] tables"):
        resolve(root, {"HOME": "/nonexistent"}, Machine(1 << 30, 2))


@pytest.mark.parametrize(
    "text", ["tool.rocqshim = 3", "[tool]\nrocqshim = []", "[[tool.rocqshim]]"]
)
def test_the_table_is_a_table(root: Path, text: str) -> None:
    (root / "pyproject.toml").write_text(text)

    with pytest.raises(UserError, match=r"pyproject.toml:\d: tool.rocqshim is not a table."):
        find_project(root)


def test_utf16_is_an_error_though_the_word_is_not_seen(root: Path) -> None:
    (root / "pyproject.toml").write_text(TABLE, encoding="utf-16")

    with pytest.raises(UserError, match="byte order mark"):
        find_project(root)


@pytest.mark.parametrize(
    ("markers", "expected"),
    [
        ((), "a/b/c"),
        (("_CoqProject",), "."),
        (("_RocqProject", "a/_CoqProject"), "a"),
        (("_CoqProject", "a/dune-project"), "a"),
        (("a/b/_CoqProject", "dune-project"), "."),
        ((".git", "a/dune-project", "a/b/_CoqProject"), "."),
        ((".git", "a/.git"), "a"),
    ],
)
def test_without_settings_the_markers_decide(
    root: Path, markers: tuple[str, ...], expected: str
) -> None:
    start = deep(root)
    for marker in markers:
        (root / marker).touch()

    assert find_project(start).root == str((root / expected).resolve())


def test_a_link_to_a_project_is_the_project(root: Path, tmp_path: Path) -> None:
    (root / "pyproject.toml").write_text(TABLE)
    (tmp_path / "link").symlink_to(root)

    assert find_project(tmp_path / "link").root == str(root)


def test_loops_and_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").touch()

    for name in ("loop", "file", "none", "x" * 300, "nul\0"):
        with pytest.raises(UserError, match="cannot be used"):
            find_project(tmp_path / name)


def test_a_deleted_current_folder(root: Path) -> None:
    code = (
        "import os, shutil, sys; shutil.rmtree(os.getcwd());"
        "from rocqshim.settings.locate import find_project;"
        "from rocqshim.errors import UserError\n"
        "try: find_project('.')\n"
        "except UserError as error: print(error)"
    )
    source = Path(locate.__file__).parents[2]

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(source)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )

    assert done.stdout.startswith("The current directory '.' cannot be used: No such file")


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the file, or the link itself, belong to somebody else."""
    if os.getuid() == 0:
        os.chown(path, 4242, -1, follow_symlinks=False)
    else:
        monkeypatch.setattr(os, "getuid", lambda: 4242)


@pytest.mark.parametrize("marker", [".git", "dune-project"])
def test_a_strangers_marker_in_a_shared_folder_makes_no_project(
    root: Path, monkeypatch: pytest.MonkeyPatch, marker: str
) -> None:
    """Else /tmp/.rocqshim/bin would be that of all that is unpacked there."""
    start = deep(root)
    (start / "_RocqProject").touch()
    (root / marker).touch()
    root.chmod(0o1777)
    assert find_project(start).root == str(root)

    give_away(root / marker, monkeypatch)

    assert find_project(start).root == str(start)


@pytest.mark.parametrize("name", [".git", "pyproject.toml"])
def test_a_strangers_link_is_his_whatever_it_leads_to(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "mine").write_text(TABLE)
    (root / name).symlink_to(tmp_path / "mine")
    root.chmod(0o1777)
    give_away(root / name, monkeypatch)

    found = find_project(deep(root))

    assert (found.root, found.source) == (str(root / "a/b/c"), None)


@pytest.mark.parametrize("mode", [0o1777, 0o777])
def test_a_strangers_file_in_a_shared_folder_is_passed_over(
    root: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    """/tmp/pyproject.toml may name a program to run: anybody could put it there."""
    (root / "pyproject.toml").write_text(TABLE)
    root.chmod(mode)
    give_away(root / "pyproject.toml", monkeypatch)

    found = find_project(root)

    assert found.source is None
    assert "passed over" in found.warnings[0]


def test_ones_own_file_in_a_shared_folder_counts(root: Path) -> None:
    (root / "pyproject.toml").write_text(TABLE)
    root.chmod(0o1777)

    assert find_project(root).source is not None


def test_a_passed_over_file_is_warned_of(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "pyproject.toml").write_text(TABLE)
    monkeypatch.setattr(locate, "_is_planted", lambda path, _folder: path.startswith(str(root)))

    warnings = resolve(root, {}, Machine(2**33, 2)).warnings

    assert warnings == (
        f"{root}/pyproject.toml: passed over: somebody else has put it into a shared folder",
    )


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/home/u/math-comp", "math_comp"),
        ("/home/u/a:b c", "a_b_c"),
        ("/home/u/Über", "_ber"),
        ("/home/u/v1.2_x", "v1.2_x"),
        ("/", "root"),
    ],
)
def test_project_name(folder: str, name: str) -> None:
    assert project_name(folder) == name


def test_long_names_stay_apart() -> None:
    first, second = (project_name("/" + "x" * 80 + end) for end in "ab")

    assert first != second
    assert len(first) == len(second) == 64


@given(st.text(alphabet=st.characters(blacklist_characters="/\0"), max_size=255))
def test_every_folder_has_a_slice(name: str) -> None:
    slice_of = f"rocq-{project_name('/' + name)}.slice"

    assert slice_name(slice_of, Machine(1, 1)) == slice_of


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/x/rocqshim/config.toml"),
        ({"HOME": "/h"}, "/h/.config/rocqshim/config.toml"),
        ({"XDG_CONFIG_HOME": "", "HOME": "/h"}, "/h/.config/rocqshim/config.toml"),
        ({"XDG_CONFIG_HOME": "rel", "HOME": "/h"}, "/h/.config/rocqshim/config.toml"),
    ],
)
def test_user_file(environ: dict[str, str], path: str | None) -> None:
    assert user_file(environ) == path


def test_the_users_file_is_called_by_its_short_name(tmp_path: Path) -> None:
    path = tmp_path / ".config" / "rocqshim" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("jobs = 1")

    source = read_user(str(path), {"HOME": str(tmp_path)})

    assert source is not None
    assert str(source.origin("jobs")) == "~/.config/rocqshim/config.toml:1"


def test_somebody_elses_home_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """`sudo -u builder make` leaves HOME=/root."""

    stat = os.stat

    def denied(path: str, **how: bool) -> os.stat_result:
        if str(path).startswith("/root/.config/rocqshim"):
            raise PermissionError(13, "Permission denied")
        return stat(path, **how)

    monkeypatch.setattr(os, "stat", denied)

    assert read_user("/root/.config/rocqshim/config.toml", {}) is None


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("_build/default/theories/A.v", "theories/A.v"),
        ("_build/default", ""),
        ("_build/.sandbox/0a1b/default/theories/A.v", "theories/A.v"),
        ("_build/other/A.v", "A.v"),
        ("theories/A.v", "theories/A.v"),
        ("_build", "_build"),
        ("_build/.db", "_build/.db"),
        ("build/default/A.v", "build/default/A.v"),
    ],
)
def test_what_dune_copied_stands_for_its_source(tmp_path: Path, path: str, source: str) -> None:
    (tmp_path / "dune-project").touch()

    assert source_of(str(tmp_path / path)) == str(tmp_path / source)


@pytest.mark.parametrize("mark", [".aliases", ".filesystem-clock", ".db"])
@pytest.mark.parametrize("name", ["_build-8.16", "out", ".cache/dune"])
def test_a_build_folder_of_any_name(tmp_path: Path, name: str, mark: str) -> None:
    build = tmp_path / "workspace" / name
    build.mkdir(parents=True)
    (build.parent / "dune-project").touch()
    copies = [build / "default/th/A.v", build / ".sandbox/0a1b/default/th/A.v"]

    assert source_of(str(copies[0])) == str(copies[0])
    (build / mark).touch()

    for copy in copies:
        assert source_of(str(copy)) == str(build.parent / "th/A.v")
    assert is_context(str(build / "default")) and not is_context(str(build.parent))


@pytest.mark.parametrize("at", ["workspace/sub/out", "elsewhere/out"])
def test_a_build_folder_anywhere_is_where_dune_says(tmp_path: Path, at: str) -> None:
    (tmp_path / at / "default/th").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / at)
    copy = str(tmp_path / at / "default/th/A.v")
    said = {"DUNE_SOURCEROOT": f"{tmp_path}/workspace", "INSIDE_DUNE": f"{tmp_path}/link/default"}

    assert source_of(copy, said) == str(tmp_path / "workspace/th/A.v")
    assert source_of(str(tmp_path / "A.v"), said) == str(tmp_path / "A.v")
    for broken in ({"INSIDE_DUNE": "1"}, {"DUNE_SOURCEROOT": ""}):
        assert source_of(copy, {**said, **broken}) == copy


def test_a_folder_build_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "_build/default/A.v")

    assert source_of(path) == path


def test_the_copy_of_the_settings_in_dunes_folder_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "dune-project").touch()
    for folder in (tmp_path, tmp_path / "_build/default/theories"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pyproject.toml").write_text("[tool.rocqshim]\n")

    assert find_project(tmp_path / "_build/default/theories").root == str(tmp_path.resolve())

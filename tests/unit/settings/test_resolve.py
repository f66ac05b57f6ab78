from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rocqshim.errors import UserError
from rocqshim.settings import resolve as module
from rocqshim.settings.keys import FILE_KEYS, KEYS
from rocqshim.settings.model import By, Machine, Origin
from rocqshim.settings.resolve import DEFAULT, is_current, jobs_cap, resolve

from .support import REFERENCE, Resolve

BROKEN = "[tool.rocqshim\nmemory-max = "


def test_without_any_file(root: Path) -> None:
    found = resolve(root, {}, REFERENCE)

    assert (found.root, found.project) == (root, "proj")
    assert found.slice.value == "rocq-proj.slice"
    assert found.slice.origin == found.profile.origin == found.log.origin == DEFAULT
    assert (found.enforce.value, found.backend.value) == ("prefer", "auto")
    assert (found.memory_high.value, found.job_memory_max.value) == (None, None)
    assert (found.compiler.value, found.cpu_weight.value, found.log.value) == (None, None, None)
    assert (found.files, found.warnings, found.caps) == ((), (), ())


def test_a_relative_start(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)

    assert resolve(Path("."), {}, REFERENCE).root == root


def test_home_is_where_a_tilde_leads(root: Path) -> None:
    (root / "pyproject.toml").write_text("tool.rocqshim.compiler = '~/bin/coqc'")

    assert resolve(root, {"HOME": "/h"}, REFERENCE).compiler.value == "/h/bin/coqc"


# ROCQSHIM_ENFORCE=off


def test_switched_off_nothing_is_read(root: Path, config: Path) -> None:
    (root / "pyproject.toml").write_text(BROKEN)
    config.parent.mkdir(parents=True)
    config.write_text(BROKEN)
    variables = {"ROCQSHIM_ENFORCE": "off", "ROCQSHIM_JOBS": "-3", "ROCQSHIM_COMPILER": "coqc"}

    found = resolve(root, {"XDG_CONFIG_HOME": str(config.parent.parent), **variables}, REFERENCE)

    assert found.enforce.value == "off"
    assert found.enforce.origin == Origin("ROCQSHIM_ENFORCE", by=By.VARIABLE)
    assert (found.compiler.value, found.jobs.value, found.root) == ("coqc", 4, root)
    assert found.seen == ()
    assert is_current(found)


@pytest.mark.parametrize("enforce", ["prefer", "require", ""])
def test_otherwise_what_is_broken_is_an_error(root: Path, enforce: str) -> None:
    (root / "pyproject.toml").write_text(BROKEN)

    with pytest.raises(UserError, match="not TOML"):
        resolve(root, {"ROCQSHIM_ENFORCE": enforce}, REFERENCE)


def test_switched_off_in_a_deleted_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_path: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(module.os.path, "abspath", gone)

    assert resolve(Path("."), {"ROCQSHIM_ENFORCE": "off"}, REFERENCE).root == Path("/")


def test_a_bad_variable_names_itself(root: Path) -> None:
    with pytest.raises(UserError) as caught:
        resolve(root, {"ROCQSHIM_MEMORY_MAX": "150GB"}, REFERENCE)

    assert caught.value.fact == 'ROCQSHIM_MEMORY_MAX="150GB" is not a size.'
    assert 'did you mean "150G"?' in caught.value.hint


def test_a_variable_that_names_no_profile(root: Path) -> None:
    with pytest.raises(UserError, match=r'^ROCQSHIM_PROFILE: there is no profile "fats"\.'):
        resolve(root, {"ROCQSHIM_PROFILE": "fats"}, REFERENCE)


def test_undecodable_bytes_in_a_variable_can_be_printed(root: Path) -> None:
    with pytest.raises(UserError) as caught:
        resolve(root, {"ROCQSHIM_JOBS": os.fsdecode(b"\xff")}, REFERENCE)

    assert str(caught.value).encode("utf-8")


# is_current()


@pytest.mark.parametrize("file", ["pyproject.toml", "../pyproject.toml", "sub/pyproject.toml"])
@pytest.mark.parametrize("change", ["new", "edited", "gone", "replaced"])
def test_a_file_on_the_way_has_changed(root: Path, file: str, change: str) -> None:
    start = root / "sub"
    start.mkdir()
    path = root / file
    if change != "new":
        path.write_text("# nothing of ours\n")
    found = resolve(start, {}, REFERENCE)
    assert is_current(found)

    if change == "gone":
        path.unlink()
    elif change == "replaced":
        stat = path.stat()
        (root / "other").write_text("# nothing of hers\n")  # of the same size
        os.utime(root / "other", ns=(stat.st_atime_ns, stat.st_mtime_ns))
        (root / "other").replace(path)
    else:
        path.write_text("[tool.rocqshim]\njobs = 2\n")

    assert not is_current(found)


def test_the_users_file_has_come(settings: Resolve, config: Path) -> None:
    found = settings("")
    assert is_current(found)

    config.parent.mkdir(parents=True)
    config.touch()

    assert not is_current(found)


def test_a_file_above_the_project_is_not_waited_for(settings: Resolve, root: Path) -> None:
    found = settings("")

    (root.parent / "pyproject.toml").touch()

    assert is_current(found)


# jobs_cap()


@pytest.mark.parametrize(
    ("project", "user", "variables", "expected"),
    [
        ("", "", {}, None),
        ("jobs = 3", "", {}, 3),
        ("", "jobs = 3", {}, 3),
        ("", "", {"jobs": "3"}, 3),
        ("jobs = 'infinity'", "", {}, None),
        ("profile = 'standard'", "", {}, 4),
        ("", "profile = 'aggressive'", {}, 8),
        ("", "", {"profile": "single"}, 1),
        ("profile = 'x'\nprofiles.x.jobs = 5", "", {}, 5),
        ("profiles.x.jobs = 5", "", {}, None),
        ("memory-max = '9G'", "", {}, None),
        ("", "[caps]\njobs = 2", {}, 2),
        ("", "[caps]\njobs = 4", {}, 4),
        ("", "[caps]\njobs = 9", {}, 9),
        ("", "[caps]\njobs = 'infinity'", {}, None),
        ("jobs = 30", "[caps]\njobs = 9", {}, 9),
        ("jobs = 3", "[caps]\njobs = 9", {}, 3),
    ],
)
def test_jobs_cap(
    settings: Resolve, project: str, user: str, variables: dict[str, str], expected: int | None
) -> None:
    """Advice that nobody asked for holds nobody up; a cap does, even above that advice."""
    assert jobs_cap(settings(project, user, **variables)) == expected


def test_jobs_cap_when_switched_off(root: Path) -> None:
    assert jobs_cap(resolve(root, {"ROCQSHIM_ENFORCE": "off"}, REFERENCE)) is None


# Anything at all.

WORDS = ["true", "0", "-1", "9" * 30, "nan", '""', '"infinity"', '"60%"', '"1.5G"', '"27 cores"']
WORDS += ["[]", "{}", "[{}]", "1979-05-27", '"\\u0000"', '"x"', "'''\n[a]'''", "[{match='a'}]", "="]
NAMES = [*KEYS, *FILE_KEYS, "inherits", "files", "profiles", "profiles.x.inherits", "caps", "zzz"]
HEADERS = ["[tool.rocqshim]", "[[tool.rocqshim.files]]", "[tool.rocqshim.profiles.x]", "[caps]"]
HEADERS += ["[profiles.x]", "[tool]", "[[files]]", "[x"]
LINES = st.tuples(st.sampled_from(NAMES), st.sampled_from(WORDS)).map(" = ".join)
TEXTS = st.lists(LINES | st.sampled_from(HEADERS) | st.text(max_size=4), max_size=8).map("\n".join)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(project=TEXTS, user=TEXTS, jobs=st.text(max_size=3), profile=st.text(max_size=3))
def test_any_files_are_settings_or_an_error_of_one_line(
    settings: Resolve, root: Path, config: Path, project: str, user: str, jobs: str, profile: str
) -> None:
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_bytes(user.encode())
    (root / "pyproject.toml").write_bytes(b"[tool.rocqshim]\n" + project.encode())
    try:
        found = settings(jobs=jobs, profile=profile)
    except UserError as error:
        assert str(root) in error.fact or str(config) in error.fact or "ROCQSHIM_" in error.fact
        assert not set("\n\x00") & set(error.fact + error.hint)
    else:
        assert found.slice.value.startswith("rocq-")
        assert found.memory_max.value is None or found.memory_max.value > 0


@given(st.integers(2**20, 2**50), st.integers(1, 4096))
def test_any_machine(memory: int, cores: int) -> None:
    found = resolve(Path("/"), {"ROCQSHIM_ENFORCE": "off"}, Machine(memory, cores))

    assert found.memory_max.value is not None
    assert 0 < found.memory_max.value <= memory


def test_nothing_slow_is_imported() -> None:
    """The broker resolves once for each folder; its start is part of the first compile."""
    code = "import sys, rocqshim.settings.resolve; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(module.__file__).parents[2])},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )

    slow = {"sh", "psutil", "argparse", "subprocess", "logging", "difflib", "hashlib", "json"}
    assert not slow & set(done.stdout.split())

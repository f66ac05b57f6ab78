import errno
import os
import stat
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from rocqshim.cli.launcher import run as run_launcher
from rocqshim.cli.whole_file import write_whole
from rocqshim.errors import UserError
from rocqshim.files import read_text, replace_files
from rocqshim.run.log import Log
from rocqshim.shims.folder import renew


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_files_and_their_folders_are_written(tmp_path: Path) -> None:
    replace_files({tmp_path / "a/b/one": "1\n", tmp_path / "two": "ü\r\n"})

    assert (tmp_path / "a/b/one").read_bytes() == b"1\n"
    assert (tmp_path / "two").read_bytes() == "ü\r\n".encode()
    assert names(tmp_path) == ["a", "b", "one", "two"]


def test_the_mode_of_a_file_stays_and_a_new_one_has_the_umask_s(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("")
    old.chmod(0o664)
    before = os.umask(0o022)
    try:
        replace_files({old: "x", tmp_path / "new": "x"})
    finally:
        os.umask(before)

    assert stat.S_IMODE(old.stat().st_mode) == 0o664
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o644


def test_the_owner_of_a_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as one may: only root may give a file away."""
    given: list[tuple[int, int]] = []
    monkeypatch.setattr("os.fchown", lambda _file, uid, gid: given.append((uid, gid)))
    (tmp_path / "x").write_text("old")

    replace_files({tmp_path / "x": "new", tmp_path / "y": "new"})

    assert given == [(os.getuid(), (tmp_path / "x").stat().st_gid)]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")

    replace_files({tmp_path / "link": "new"})

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_one_that_is_read_only_leaves_all_as_they_were(tmp_path: Path) -> None:
    """Also for root, who could write it, and although a rename does not ask the file's mode."""
    locked = tmp_path / "locked"
    locked.write_text("old")
    locked.chmod(0o444)

    with pytest.raises(UserError, match="locked cannot be written: it is read-only"):
        replace_files({tmp_path / "a/b": "new", locked: "new"})

    assert locked.read_text() == "old"
    assert names(tmp_path) == ["locked"]


def test_a_full_disk_leaves_all_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "x").write_text("old")
    monkeypatch.setattr("os.fsync", no_space)

    with pytest.raises(UserError, match="x cannot be written: No space left on device") as error:
        replace_files({tmp_path / "x": "new"})
    assert error.value.hint == "Nothing was changed. Make room, and try again."

    assert (tmp_path / "x").read_text() == "old"
    assert names(tmp_path) == ["x"]


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "mk").write_text("")

    with pytest.raises(UserError, match="cannot be written: Not a directory"):
        replace_files({tmp_path / "mk/x": ""})

    assert names(tmp_path) == ["mk"]


def device(path: Path, minor: int) -> Path:
    """One of the kernel's memory devices, as /dev/null (3) and /dev/full (7) are."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        path.open("wb").close()
    except PermissionError:
        pytest.skip("only root, with a file system for it, can make a device")
    return path


def test_a_device_stays_one(tmp_path: Path) -> None:
    """As root `-o /dev/null` would take it from the whole machine."""
    null = device(tmp_path / "null", 3)
    (tmp_path / "link").symlink_to("null")

    replace_files({null: "x", tmp_path / "link": "x", tmp_path / "file": "x"})

    assert stat.S_ISCHR(null.stat().st_mode) and (tmp_path / "link").is_symlink()
    assert read_text(null) is None
    assert names(tmp_path) == ["file", "link", "null"]


def test_a_full_device_leaves_all_as_they_were(tmp_path: Path) -> None:
    full = device(tmp_path / "full", 7)

    for more in ({}, {tmp_path / "a/b": "x"}):
        with pytest.raises(UserError, match="full cannot be written: No space left on device"):
            replace_files({full: "x", **more})

    assert names(tmp_path) == ["full"]


def test_a_pipe_is_written_to_and_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    replace_files({pipe: "x"})

    assert os.read(reader, 9) == b"x"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert read_text(pipe) is None


def test_the_pipe_behind_a_link_of_the_kernel(tmp_path: Path) -> None:
    """/dev/stdout is such a link, to /proc/self/fd/1."""
    reader, writer = os.pipe()
    (tmp_path / "out").symlink_to(f"/proc/self/fd/{writer}")

    replace_files({tmp_path / "out": "x"})

    assert os.read(reader, 9) == b"x"
    assert (tmp_path / "out").is_symlink()
    os.close(reader)
    os.close(writer)


def test_reading(tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert read_text(path) is None
    assert read_text(path / "below") is None

    path.write_bytes(b"a\r\nb")
    assert read_text(path) == "a\r\nb"

    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="cannot be read: it is not UTF-8"):
        read_text(path)
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        read_text(tmp_path)


WRITERS: dict[str, Callable[[Path], object]] = {
    "init, mk": lambda path: replace_files({path: "new"}),
    "report, history export": lambda path: write_whole(str(path), "new", "page", "--html"),
    "launcher": lambda path: run_launcher(Namespace(tool="sh", file=str(path))),
    "shims": lambda path: renew(path.parent, {path.name: "/bin/sh"}),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_link_that_was_planted_is_not_followed(
    writer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even one under the very name that the writer will take, in a folder that others may write."""
    monkeypatch.setattr("secrets.token_hex", lambda count: "0" * 2 * count)
    theirs = tmp_path / "theirs"
    theirs.write_text("old")
    folder = tmp_path / "shared"
    folder.mkdir()
    for name in (".rocqshim-0000000000000000.new", f".coqc.{os.getpid()}.new"):
        (folder / name).symlink_to(theirs)

    with pytest.raises(UserError, match="cannot be written: File exists"):
        WRITERS[writer](folder / "coqc")

    assert theirs.read_text() == "old" and not (folder / "coqc").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a link in another's name")
@pytest.mark.parametrize("owner", ["another", "ours"])
@pytest.mark.parametrize("writer", [*list(WRITERS)[:2], "run --log"])
def test_a_link_of_somebody_else_in_a_folder_for_all(
    writer: str, owner: str, tmp_path: Path
) -> None:
    """As in /tmp, where the kernel itself follows none (fs.protected_symlinks)."""
    theirs = tmp_path / "theirs"
    theirs.write_text("old")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o1777)
    link = tmp_path / "shared/out"
    link.symlink_to("../theirs")
    os.lchown(link, 12345 if owner == "another" else -1, -1)
    write = {**WRITERS, "run --log": lambda path: Log(path).write(b"new")}[writer]

    if owner == "ours":
        write(link)
    else:
        with pytest.raises(UserError, match="it is a link that somebody else put there"):
            write(link)

    assert (theirs.read_text() == "old") == (owner == "another")
    assert names(tmp_path / "shared") == ["out"] and link.is_symlink()


def test_what_takes_the_new_file_s_name_meanwhile_is_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root we would give it away: whoever may write the folder would have any file."""
    theirs = tmp_path / "theirs"
    theirs.write_text("old")
    theirs.chmod(0o600)
    target = tmp_path / "shared"
    target.write_text("x")
    target.chmod(0o644)
    sync = os.fsync

    def plant(file: int) -> None:
        sync(file)
        name = Path(os.readlink(f"/proc/self/fd/{file}"))
        name.unlink()
        name.symlink_to(theirs)

    monkeypatch.setattr("os.fsync", plant)
    replace_files({target: "new"})

    assert stat.S_IMODE(theirs.stat().st_mode) == 0o600 and theirs.read_text() == "old"


@pytest.mark.parametrize("writer", WRITERS)
def test_the_longest_name_that_a_file_may_have(writer: str, tmp_path: Path) -> None:
    path = tmp_path / ("coqc" if writer == "shims" else "n" * 255)

    WRITERS[writer](path)

    assert names(tmp_path) == [path.name]

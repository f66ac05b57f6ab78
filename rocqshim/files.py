"""Writing files whole: all of them, or none of them and no trace; and through no planted link."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rocqshim.errors import UserError
from rocqshim.regular import NotRegular, read_regular

LINKS = 40  # symbolic links followed, as in the kernel
NOT_OURS = ("/dev/std", "/dev/fd/", "/proc/")  # that may well be a file: the caller's


def replace_file(target: Path, content: bytes, mode: int | None = None) -> None:
    """Write ``content`` to ``target``, whole or not at all; a link there is replaced.

    Whoever reads the file meanwhile sees the old one or the new one, never half of it.
    mode: of the new file; None keeps that of the old one. Raises OSError.
    """
    staged = _staged(target)
    try:
        _write(staged, _found(target) if mode is None else None, content, mode)
        staged.replace(target)
    except OSError:
        with suppress(OSError):
            staged.unlink()
        raise


def replace_files(texts: Mapping[Path, str]) -> None:
    """Write each text to its path; folders are made, links followed, modes kept.

    What is no file, as a pipe or a device, is not replaced: it is written to.
    Everything that can fail (no permission, a full disk) is done for all files before the first
    of them is moved into place. Raises UserError, and then nothing has changed.
    """
    staged: dict[Path, Path] = {}
    folders: list[Path] = []
    try:
        targets = {path: target_of(str(path)) for path in texts}
        for path, target in ((path, Path(target)) for path, target in targets.items() if target):
            _make_folders(target.parent, folders)
            _refuse_read_only(target)
            temporary = _staged(target)
            staged[temporary] = target
            _write(temporary, _found(target), texts[path].encode("utf-8"))
        for path in (path for path, target in targets.items() if not target):
            _write_special(path, texts[path])
        for temporary, target in staged.items():
            temporary.replace(target)
    except OSError as error:
        _undo(staged, folders)
        fact = f"{_place(error, staged)} cannot be written: {error.strerror}."
        mend = "Make room" if error.errno == errno.ENOSPC else "Make it writable"
        raise UserError(fact, f"Nothing was changed. {mend}, and try again.") from error


def read_text(path: Path) -> str | None:
    """The text of a file with its line ends as they are; None where there is none to be read.

    A pipe has nobody to write to it, and /dev/full has no end.
    """
    try:
        return read_regular(path).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError, NotRegular):
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UserError(f"{path} cannot be read: {why}.", "Mend or remove it.") from error


def target_of(path: str) -> str:
    """The regular file, perhaps to be, behind the links at ``path``; "" for anything else.

    "" also for what our caller has open, as /dev/stdout: that is written to, and not replaced.
    Raises PermissionError for a link that somebody else put into a folder that all may write.
    """
    if path.endswith("/"):
        return ""
    found = os.path.abspath(path)
    for _ in range(LINKS):
        if found.startswith(NOT_OURS):
            return ""
        if not os.path.islink(found):
            return found if _is_regular(found) else ""
        _refuse_planted(found)
        found = os.path.join(os.path.dirname(found), os.readlink(found))
    return ""


def _is_regular(path: str) -> bool:
    """By one look, as another build may be moving it; what is not there will be regular."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _refuse_planted(link: str) -> None:
    """As the kernel does (fs.protected_symlinks), which does not see that we follow it by hand."""
    folder, found = os.stat(os.path.dirname(link)), os.lstat(link)
    if folder.st_mode & stat.S_IWOTH and found.st_uid not in (os.geteuid(), folder.st_uid):
        raise PermissionError(errno.EACCES, "it is a link that somebody else put there", link)


def _found(target: Path) -> os.stat_result | None:
    try:
        return target.stat()
    except OSError:
        return None


def _staged(target: Path) -> Path:
    """A name beside ``target`` that cannot be foreseen; short, as that of ``target`` may not be."""
    return target.with_name(f".rocqshim-{secrets.token_hex(8)}.new")


def _make_folders(folder: Path, made: list[Path]) -> None:
    missing = [folder, *folder.parents]
    missing = missing[: next(i for i, path in enumerate(missing) if path.exists())]
    for path in reversed(missing):
        path.mkdir()
        made.append(path)


def _write(
    temporary: Path, before: os.stat_result | None, content: bytes, mode: int | None = None
) -> None:
    """before: the file whose mode and owner it takes over."""
    # O_EXCL ("x") follows no link that was put there beforehand, in a folder that others may write;
    # and what follows is done to the open file: its name may be somebody else's by then.
    with temporary.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # a full disk shows here and not after the rename
        if before is not None:
            mode = before.st_mode & 0o7777
            with suppress(PermissionError):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
        if mode is not None:
            os.fchmod(file.fileno(), mode)


def _write_special(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # a full one has no name


def _refuse_read_only(target: Path) -> None:
    """A rename would replace it all the same, and root may write anything: ask the mode."""
    if target.exists() and not (target.stat().st_mode & 0o222 and os.access(target, os.W_OK)):
        raise PermissionError(13, "it is read-only", str(target))


def _place(error: OSError, staged: Mapping[Path, Path]) -> Path:
    """What a person knows the file by: its own name, and not that of the temporary one."""
    if error.filename is None:  # a full disk
        return list(staged.values())[-1]
    return staged.get(Path(error.filename), Path(error.filename))


def _undo(staged: Mapping[Path, Path], folders: list[Path]) -> None:
    for temporary in staged:
        with suppress(OSError):
            temporary.unlink()
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()

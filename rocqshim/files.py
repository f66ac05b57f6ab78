"""Writing files whole: all of them, or none of them and no trace."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rocqshim.errors import UserError


def replace_file(target: Path, content: bytes, mode: int | None = None) -> None:
    """Write ``content`` to ``target``, whole or not at all; a link there is replaced.

    Whoever reads the file meanwhile sees the old one or the new one, never half of it.
    mode: of the new file; None keeps that of the old one. Raises OSError.
    """
    staged = _staged(target)
    try:
        _write(staged, target, content, mode)
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
        special = [path for path in texts if is_special(path)]
        for path in [path for path in texts if path not in special]:
            target = Path(os.path.realpath(path))
            _make_folders(target.parent, folders)
            _refuse_read_only(target)
            temporary = _staged(target)
            staged[temporary] = target
            _write(temporary, target, texts[path].encode("utf-8"))
        for path in special:
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
        is_file = path.is_dir() or not is_special(path)  # a directory says itself that it is one
        return path.read_bytes().decode("utf-8") if is_file else None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UserError(f"{path} cannot be read: {why}.", "Mend or remove it.") from error


def is_special(path: Path) -> bool:
    """Whether it is there and no file: a rename would put a file in the place of a device.

    Asked of the path as it is given: behind /dev/stdout the kernel has a name for a pipe
    (``pipe:[123]``) by which it cannot be found.
    """
    return path.exists() and not path.is_file()


def _staged(target: Path) -> Path:
    """A name beside ``target`` that cannot be foreseen; short, as that of ``target`` may not be."""
    return target.with_name(f".rocqshim-{secrets.token_hex(8)}.new")


def _make_folders(folder: Path, made: list[Path]) -> None:
    missing = [folder, *folder.parents]
    missing = missing[: next(i for i, path in enumerate(missing) if path.exists())]
    for path in reversed(missing):
        path.mkdir()
        made.append(path)


def _write(temporary: Path, target: Path, content: bytes, mode: int | None = None) -> None:
    # O_EXCL ("x") follows no link that was put there beforehand, in a folder that others may write.
    with temporary.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # a full disk shows here and not after the rename
    if mode is not None:
        temporary.chmod(mode)
    elif target.exists():
        found = target.stat()
        temporary.chmod(found.st_mode & 0o7777)
        with suppress(PermissionError):
            os.chown(temporary, found.st_uid, found.st_gid)


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

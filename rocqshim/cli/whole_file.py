"""What a command writes for the user: whole or not at all, ``-`` is stdout."""

from __future__ import annotations

from pathlib import Path

from rocqshim.errors import UserError
from rocqshim.files import replace_file, target_of

STDOUT = "-"


def write_whole(name: str, text: str, what: str, option: str) -> None:
    """Write ``text`` to the file ``name``. Raises UserError, which speaks of ``what``.

    option: how the file is chosen, for the hint. Whoever reads the file meanwhile sees the old
    one or the new one, never half of it. A link is followed, a pipe or a device written to.
    """
    if name == STDOUT:
        print(text)
        return
    try:
        _write(name, f"{text}\n".encode(errors="backslashreplace"))
    except OSError as error:
        fact = f"The {what} {name} cannot be written: {error.strerror}."
        raise UserError(fact, f"Choose another file: {option} FILE") from None


def _write(name: str, content: bytes) -> None:
    if target := target_of(name):
        replace_file(Path(target), content)
    else:
        # By its name: the pipe behind /dev/stdout or /dev/fd/63 has no path. A directory says
        # itself that it is one.
        Path(name).write_bytes(content)

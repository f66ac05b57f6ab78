"""Settings that the launcher needs without a broker: asked of the full program."""

import os
import sys

from rocqshim.folders import config_home

SCRIPT = os.path.join(os.path.dirname(os.path.dirname(__file__)), "settings", "_ask.py")


def compiler_setting() -> str:
    """Give the setting ``compiler``, or "". Reads TOML only where a file mentions the word."""
    return _ask("compiler") if _mentions(b"compiler") else ""


def enforce_setting() -> str:
    """Give the setting ``enforce``, "prefer" where it cannot be known."""
    named = os.environ.get("ROCQSHIM_ENFORCE", "")
    if named in ("require", "prefer"):
        return named
    return _ask("enforce") if named or _mentions(b"enforce") else "prefer"


def _mentions(word: bytes) -> bool:
    return any(word in text and b"rocqshim" in text for text in _texts())


def _texts() -> list[bytes]:
    user = os.path.join(config_home(os.environ), "rocqshim", "config.toml")
    texts = [_read(user) + b"rocqshim"]
    try:
        folder = os.getcwd()
    except OSError:
        return []  # it was deleted
    while True:
        texts.append(_read(os.path.join(folder, "pyproject.toml")))
        texts.append(_read(os.path.join(folder, "rocqshim.toml")) + b"rocqshim")
        if folder == "/":
            return texts
        folder = os.path.dirname(folder)


def _read(path: str) -> bytes:
    """Of a regular file only: a FIFO in its place has nobody who writes."""
    try:
        if os.stat(path).st_mode & 0o170000 != 0o100000:
            return b""
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            return os.read(file, 1 << 20)
        finally:
            os.close(file)
    except OSError:
        return b""


def _ask(key: str) -> str:
    """Ask the full program. Where the settings are broken it says why: then that is the end."""
    answer = ask(key)
    if answer is None:
        os._exit(125)
    return answer


def ask(key: str) -> "str | None":
    """Ask the full program, for one setting or ``all``; None where it has said what is broken."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.dup2(writable, 1)
            os.execv(sys.executable, [sys.executable, "-I", SCRIPT, key])
        finally:
            os._exit(126)
    os.close(writable)
    with open(readable, "rb") as file:
        answer = os.fsdecode(file.read()).rstrip("\n")
    if os.waitpid(child, 0)[1]:
        from rocqshim.launch.once import say_once

        say_once(answer)
        return None
    return answer

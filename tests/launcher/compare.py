"""The same program twice, bare and through the launcher: what differs is a bug."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from .shim import Shim, finish

# What a process finds itself with; `cat` changes nothing of it. VmSize, Pid and the like differ
# from run to run, so lines are chosen.
FACTS = ("cat", "/proc/self/status", "/proc/self/limits")
_CHOSEN = re.compile(
    rb"^((?:Umask|Uid|Gid|Groups|SigQ|ShdPnd|Sig(?:Pnd|Blk|Ign|Cgt)|Cap\w+|NoNewPrivs|Seccomp"
    rb"|Cpus_allowed|Mems_allowed|Max [a-z ]+\S).*)$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Ended:
    """All that a caller sees of a call. status: negative for a signal, as in subprocess."""

    status: int
    stdout: bytes
    stderr: bytes


def both(
    shim: Shim, *words: str | bytes, around: str = "", **options: object
) -> tuple[Ended, Ended]:
    """Run ``words`` bare and launched, each below a shell that has done ``around`` before."""
    return tuple(  # type: ignore[return-value]
        _ended(shim, command, around, options) for command in (list(words), shim.command(*words))
    )


def assert_same(shim: Shim, *words: str | bytes, around: str = "", **options: object) -> Ended:
    """Run it twice; gives the bare end, for what else a test knows of it."""
    bare, launched = both(shim, *words, around=around, **options)
    assert launched == bare
    return bare


def facts(ended: Ended) -> list[bytes]:
    """The lines of FACTS that are the same for every process of a caller."""
    found = _CHOSEN.findall(ended.stdout)
    return [line for line in found if not line.startswith(b"SigQ")]


def environment(ended: Ended) -> list[bytes]:
    """The entries of ``cat /proc/self/environ``, in order, without the nesting guard."""
    entries = ended.stdout.split(b"\0")
    return [entry for entry in entries if not entry.startswith(b"ROCQSHIM_JOB=")]


def _ended(
    shim: Shim, command: list[str | bytes], around: str, options: dict[str, object]
) -> Ended:
    if around:
        command = ["/bin/sh", "-c", f'{around}\nexec "$@"', "sh", *command]
    given = cast("bytes | None", options.get("input"))
    chosen = {key: value for key, value in options.items() if key != "input"}
    if given is None:
        done = finish(shim.popen(command, **chosen))
        return Ended(done.returncode, done.stdout, done.stderr)
    process = shim.popen(command, **{**chosen, "stdin": -1})
    stdout, stderr = process.communicate(given, timeout=60)
    return Ended(process.returncode, stdout, stderr)

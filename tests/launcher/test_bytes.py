"""Arguments, environment and folder reach the program byte by byte, in every locale."""

from __future__ import annotations

import os
import sys

import pytest

from .compare import assert_same, both, environment
from .shim import Shim

LOCALES: dict[str, dict[str, str | None]] = {
    "none": {"LANG": None},
    "C.UTF-8": {},
    "LANG=C": {"LANG": "C"},
    "LC_ALL=C": {"LC_ALL": "C"},
    "LC_ALL=POSIX": {"LC_ALL": "POSIX"},
    "LC_CTYPE=C": {"LANG": None, "LC_CTYPE": "C"},
    "LC_CTYPE=POSIX": {"LANG": None, "LC_CTYPE": "POSIX"},
    "LC_CTYPE=C.UTF-8": {"LANG": None, "LC_CTYPE": "C.UTF-8"},
    "LC_CTYPE=C.UTF-8 below LANG=C": {"LANG": "C", "LC_CTYPE": "C.UTF-8"},
    "all empty": {"LANG": "", "LC_CTYPE": "", "LC_ALL": ""},
    "not installed": {"LANG": "xx_YY.ISO-8859-1"},
    "not installed LC_ALL": {"LC_ALL": "xx_YY.UTF-8"},
    "Latin 1": {"LANG": "en_US.ISO-8859-1"},
}
PYTHONS = {
    "PYTHONPATH": "/nonexistent",
    "PYTHONHOME": "/nonexistent",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONUTF8": "0",
    "PYTHONIOENCODING": "latin-1",
    "PYTHONSTARTUP": "/nonexistent",
}
WORDS = (b"\xff\xfe", "größe".encode(), b"", b"a\nb", b"=", b"--", b"-c", b"\x7f \t", b"*", b"\xc3")
# Each line is one execve(2) with an environment that no shell would make.
ODD_ENVIRONMENTS = {
    "twice the same name": [b"A=1", b"A=2", b"B=3"],
    "no equals sign": [b"A=1", b"JUSTANAME"],
    "no name": [b"=::=::\\", b"A=1"],
    "not UTF-8": [b"A=\xff\xfe", b"\xe9t\xe9=1"],
    "a function of bash": [b"BASH_FUNC_x%%=() {  :\n}"],
    "LC_CTYPE twice": [b"LC_CTYPE=C", b"LC_CTYPE=POSIX"],
}


@pytest.mark.parametrize("locale", LOCALES.values(), ids=LOCALES)
@pytest.mark.parametrize("words", [("cat",), ("cat", "coqc")], ids=["job", "passed"])
def test_environment(warm: Shim, locale: dict[str, str | None], words: tuple[str, ...]) -> None:
    env = {**locale, "EMPTY": "", "ODD": "a=b\nc", "X" * 100: "y" * 100}
    passed = {"ROCQSHIM_JOB": "outer"} if len(words) > 1 else {}

    bare, launched = both(warm, "cat", "/proc/self/environ", env={**env, **passed})

    assert environment(launched) == environment(bare)
    assert len(environment(bare)) > 8


@pytest.mark.parametrize("name", PYTHONS)
def test_variables_of_python_are_the_programs(warm: Shim, name: str) -> None:
    bare, launched = both(warm, "cat", "/proc/self/environ", env={name: PYTHONS[name]})

    assert environment(launched) == environment(bare)


@pytest.mark.parametrize("entries", ODD_ENVIRONMENTS.values(), ids=ODD_ENVIRONMENTS)
def test_environment_that_no_shell_makes(warm: Shim, entries: list[bytes]) -> None:
    script = (
        "import ctypes, os, sys\n"
        "count = int(sys.argv[1])\n"
        "def array(words): return (ctypes.c_char_p * (len(words) + 1))(*words, None)\n"
        "words = [os.fsencode(word) for word in sys.argv[2:]]\n"
        "environ, words = words[:count], words[count:]\n"
        "ctypes.CDLL(None).execve(words[0], array(words), array(environ))\n"
    )
    environ = [*(os.fsencode(f"{key}={value}") for key, value in warm.env.items()), *entries]
    around = [sys.executable, "-c", script, str(len(environ)), *environ]
    program = ["/bin/cat", "/proc/self/environ"]

    ends = [
        warm.popen([*around, *command]).communicate(timeout=60)
        for command in (program, warm.command(*program))
    ]

    without_guard = [
        [entry for entry in out.split(b"\0") if not entry.startswith(b"ROCQSHIM_JOB=")]
        for out, _ in ends
    ]
    assert without_guard[1] == without_guard[0]
    assert ends[1][1] == b""


@pytest.mark.parametrize("locale", LOCALES.values(), ids=LOCALES)
def test_arguments(warm: Shim, locale: dict[str, str | None]) -> None:
    ended = assert_same(warm, "/usr/bin/printf", "[%s]", *WORDS, env=locale)

    assert ended.stdout == b"".join(b"[%s]" % word for word in WORDS)


@pytest.mark.parametrize(
    "words", [("sh", "-c", "cat /proc/$$/cmdline"), ("/bin/cat", "/proc/self/cmdline")]
)
def test_argv0_stays_as_the_caller_wrote_it(warm: Shim, words: tuple[str, ...]) -> None:
    assert assert_same(warm, *words).stdout.startswith(words[0].encode() + b"\0")


@pytest.mark.parametrize("locale", [LOCALES["C.UTF-8"], LOCALES["LC_ALL=C"]], ids=["UTF-8", "C"])
@pytest.mark.parametrize("name", [b"gr\xc3\xb6\xc3\x9fe", b"\xff\xfe", b"a b\n'\"c"])
def test_folder(warm: Shim, name: bytes, locale: dict[str, str | None]) -> None:
    folder = os.path.join(os.fsencode(warm.work), name)
    os.makedirs(folder, exist_ok=True)

    assert assert_same(warm, "/bin/pwd", cwd=folder, env=locale).stdout == folder + b"\n"


def test_a_folder_that_was_deleted(warm: Shim) -> None:
    around = 'mkdir "$HOME/gone" && cd "$HOME/gone" && rmdir "$HOME/gone"'

    assert assert_same(warm, "/bin/pwd", around=around).status == 1


COUNT = ("sh", "-c", 'echo $#; printf "%s\\n" "$@" | cksum', "sh")
LONG = {
    "1.5 MB": ["x" * 100_000] * 15,
    "100000 words": ["y"] * 100_000,
    "100000 empty words": [""] * 100_000,
    "a word of 128 KiB": ["z" * 131_071],
}


@pytest.mark.parametrize("words", LONG.values(), ids=LONG)
def test_long_arguments(warm: Shim, words: list[str]) -> None:
    assert assert_same(warm, *COUNT, *words).stdout.startswith(b"%d\n" % len(words))


def test_a_large_environment(warm: Shim) -> None:
    env = {f"ROCQSHIM_X{number}": "v" * 100_000 for number in range(12)}
    bare, launched = both(warm, "cat", "/proc/self/environ", env=env)

    assert environment(launched) == environment(bare)
    assert launched.stderr == b""

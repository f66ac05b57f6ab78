"""Which file a name means, and what becomes of one that cannot be executed: as in a shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from .shim import Shim

SAYS_WHO = "#!/bin/sh\necho $0\n"


def prepare(shim: Shim) -> None:
    make(shim.work / "tool", SAYS_WHO)
    make(shim.work / "relative/tool", SAYS_WHO)
    make(shim.work / "no-x/tool", SAYS_WHO, mode=0o644)
    make(shim.work / "no-x/only-here", SAYS_WHO, mode=0o644)
    (shim.work / "folder/tool").mkdir(parents=True, exist_ok=True)
    make(shim.work / "no-shebang", "echo plain $1\n")
    make(shim.work / "no-interpreter", "#!/nonexistent/interpreter\n")
    make(shim.work / "no-x-interpreter", "#!/etc/passwd\n")
    make(shim.work / "empty", "")
    make(shim.work / "binary", "\x7fELF is no program\0\0")
    if not (shim.work / "loop").is_symlink():
        (shim.work / "loop").symlink_to("loop")


def make(path: Path, text: str, mode: int = 0o755) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


# PATH, the word, and what a shell makes of it: compared with a shell below.
ROWS = [
    ("relative:/usr/bin:/bin", "tool"),
    ("relative/:/usr/bin:/bin", "tool"),
    (":/usr/bin:/bin", "tool"),
    ("/usr/bin:/bin:", "tool"),
    ("/usr/bin::/bin", "tool"),
    ("", "tool"),
    (".", "tool"),
    ("no-x:relative:/bin", "tool"),
    ("folder:relative:/bin", "tool"),
    ("/nonexistent:tool:relative:/bin", "tool"),
    ("/usr/bin:/bin", "no-such-program"),
    ("/usr/bin:/bin", "./tool"),
    ("/usr/bin:/bin", "relative/../tool"),
    ("/usr/bin:/bin", "./no-such-program"),
    ("/usr/bin:/bin", "./no-x/tool"),
    ("/usr/bin:/bin", "./folder/tool"),
    ("/usr/bin:/bin", "./tool/below-a-file"),
    ("/usr/bin:/bin", "./no-shebang"),
    (".:/bin", "no-shebang"),
    ("/usr/bin:/bin", "./no-interpreter"),
    ("/usr/bin:/bin", "./no-x-interpreter"),
    ("/usr/bin:/bin", "./empty"),
    ("/usr/bin:/bin", "./loop"),
    ("/usr/bin:/bin", ""),
    ("/usr/bin:/bin", "x" * 300),
]


@pytest.mark.parametrize("ending", [[], ["--print-version"]], ids=["job", "probe"])
@pytest.mark.parametrize(("path", "word"), ROWS)
def test_as_a_shell_does(warm: Shim, path: str, word: str, ending: list[str]) -> None:
    prepare(warm)
    env = {"PATH": path, **({"ROCQSHIM_ENFORCE": "off"} if ending else {})}

    shell = warm.bare("/bin/sh", "-c", '"$@"', "sh", word, "one", env=env)
    launched = warm.run(word, "one", env=env)

    assert (launched.returncode, launched.stdout) == (shell.returncode, shell.stdout)
    if launched.returncode in (126, 127):
        assert launched.stderr.startswith(b"rocq-exec: " + word.encode())
        assert launched.stderr.count(b"\n") == 1


def test_only_a_file_that_may_not_be_executed(warm: Shim) -> None:
    """126 as in bash and env; dash says 127, which would send people looking for the file."""
    prepare(warm)

    done = warm.run("only-here", env={"PATH": "no-x:/bin"})

    assert (done.returncode, done.stderr) == (126, b"rocq-exec: only-here: Permission denied\n")


def test_no_path_at_all(warm: Shim) -> None:
    assert warm.run("true", env={"PATH": None}).returncode == 0


def test_a_binary_that_is_none(warm: Shim) -> None:
    """ENOEXEC: a shell refuses what is no text; ours says so too, with its own status."""
    prepare(warm)

    done = warm.run("./binary")

    assert done.returncode in (2, 126, 127)
    assert b"Traceback" not in done.stderr

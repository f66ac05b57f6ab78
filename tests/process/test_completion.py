"""Completion as the shells themselves do it: each is started, and asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from launcher.pseudo_terminal import Terminal

from rocqshim.cli.completion import script
from rocqshim.reference.__main__ import write

# A line as it was typed, and words that it can be completed to.
ROWS = {
    "rocqshim sta": {"status"},
    "rocqshim --ver": {"--version"},
    "rocqshim run --l": {"--log"},
    "rocqshim run --profile con": {"conservative"},
    "rocqshim run --log ../wor": {"../work/"},
    "rocqshim stop --b": {"--broker"},
    "rocqshim completion f": {"fish"},
    "rocqshim completion ": {"bash", "fish", "zsh"},
    "rocqshim shims fol": {"folder/"},
    "rocqshim mk -o Make": {"Makefile"},
    "rocqshim launcher coqn": {"coqnative"},
    "rocqshim simulate Make": {"Makefile"},
    "rocqshim history ex": {"export"},
    "rocqshim history Make": {"Makefile"},
    "rocqshim history --js": {"--json"},
    "rocqshim report --build la": {"last"},
    "rocqshim report --compare-with b1": {"b17"},
    "rocqshim history export --build b1": {"b17"},
    "rocqshim run -- my-comp": {"my-compiler"},
    "rocqshim run --log x -- my-comp": {"my-compiler"},
    "rocqshim run -- my-compiler Make": {"Makefile"},
    "rocqshim run -- ls -- Make": {"Makefile"},
    "rocq-exec my-comp": {"my-compiler"},
    "rocq-exec -- my-comp": {"my-compiler"},
    "rocq-exec my-compiler Make": {"Makefile"},
}


@pytest.fixture
def work(own_world: Path) -> Iterator[Path]:
    folder = own_world / "work"
    for name in ("folder", "bin"):
        (folder / name).mkdir(parents=True)
    for name in ("Makefile", "bin/my-compiler"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    recorded = "#!/bin/sh\nprintf 'build,started\\nb17,2026\\na2,2026\\n'\n"
    (folder / "bin/rocqshim").write_text(recorded)
    (folder / "bin/rocqshim").chmod(0o755)
    for shell in ("bash", "zsh", "fish"):
        (folder / f"completion.{shell}").write_text(script(shell))
    yield folder


def environ(work: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{work}/bin:/usr/bin:/bin", "PS1": "> ", "TERM": "dumb"}


def needs(shell: str) -> str:
    found = shutil.which(shell)
    if not found:
        pytest.skip(f"{shell} is not installed: apt-get install {shell}")
    return found


def ask(work: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=work,
        env=environ(work),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


# bash: the function is called as bash calls it, in a shell without and with bash-completion.
IN_BASH = """
set -- $LINE
COMP_LINE=$LINE COMP_POINT=${#LINE}
COMP_WORDS=("$@")
case $LINE in *" ") COMP_WORDS+=("") ;; esac
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\) .*/\\1/') "$1" "${COMP_WORDS[COMP_CWORD]}"
for word in "${COMPREPLY[@]}"; do
  [ -d "$word" ] && word=${word%/}/
  printf '%s\\n' "$word"
done
"""
PACKAGE = "/usr/share/bash-completion/bash_completion"


@pytest.mark.parametrize("package", [False, True], ids=["alone", "with bash-completion"])
def test_bash(work: Path, package: bool) -> None:
    if package and not os.path.exists(PACKAGE):
        pytest.skip("bash-completion is not installed: apt-get install bash-completion")
    first = f". {PACKAGE}\n" if package else ""
    for line, wanted in ROWS.items():
        text = f"{first}. ./completion.bash\nLINE='{line}'\n{IN_BASH}"
        found = ask(work, needs("bash"), "--norc", "--noprofile", "-c", text)
        assert set(found.split()) >= wanted, line
        assert len(found.split()) < 10, line


def test_fish(work: Path) -> None:
    asked = "\n".join(f'echo "= {line}"; complete -C "{line}"' for line in ROWS)
    found = ask(work, needs("fish"), "-c", f"source completion.fish\n{asked}")

    answers = dict(part.split("\n", 1) for part in found.split("= ")[1:])
    for line, wanted in ROWS.items():
        words = {answer.partition("\t")[0] for answer in answers[line].splitlines()}
        assert words >= wanted, line
        assert len(words) < 10, line


@pytest.mark.parametrize("way", ["source", "fpath"])
def test_zsh(work: Path, way: str) -> None:
    write(work / "share")
    given = "source completion.zsh" if way == "source" else "true"
    terminal = Terminal([needs("zsh"), "-f", "-i"], environ(work), str(work))
    terminal.type(
        b"unsetopt zle_bracketed_paste; fpath=(share/zsh/site-functions $fpath);"
        b"autoload -Uz compinit && compinit -u -D && " + given.encode() + b" && echo rea''dy\n"
    )
    terminal.wait_for(b"ready")
    for line, wanted in ROWS.items():
        terminal.type(line.encode() + b"\t")
        left = set(wanted)
        if len(wanted) > 1:  # a list is shown
            for word in sorted(left):
                terminal.wait_for(word.encode())
        else:
            terminal.wait_for(line.rpartition(" ")[0].encode() + b" " + left.pop().encode())
        terminal.type(b"\x15echo do''ne\n")
        terminal.wait_for(b"done")
    terminal.type(b"exit\n")
    assert terminal.end() == 0

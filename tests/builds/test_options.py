"""The table of options in launch/call.py against the --help of the compilers that are here.

Native is 8.16; `tests/vm/tree.py` runs it with 8.20 and 9.2.
"""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from rocqshim.launch.call import CHECKER_TAKES, PROBE_FLAGS, TAKES, VIO_TASKS, read_call

TABLES = {
    "coqc": TAKES, "coqtop": TAKES, "rocq c": TAKES, "rocq repl": TAKES, "coqchk": CHECKER_TAKES,
    "rocqchk": CHECKER_TAKES, "rocq check": CHECKER_TAKES, "coqnative": CHECKER_TAKES,
    "rocq native-precompile": CHECKER_TAKES,
}  # fmt: skip
FOUND = [name for name in TABLES if shutil.which(name.split()[0])]
PRINTS = re.compile(r"print .* and exit|print this list")


def described(program: str) -> dict[str, tuple[int, str]]:
    """Each option of the help, with how many values it takes and the line that describes it."""
    done = subprocess.run(
        [*program.split(), "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    found = {}
    for line in (done.stdout + done.stderr).splitlines():
        if not re.match(r" ? ?-", line):
            continue
        # The description follows after two spaces or a tab, and after (yes|no) after one.
        head = re.split(r"\s{2,}|\t", re.sub(r"\s+<", " <", line.strip()))[0]
        for part in re.split(r", (?=-)", head):
            name, _, values = part.partition(" ")
            found[name] = count(values), line
    return found


def count(values: str) -> int:
    """How many values these are: `(yes|no) enable …` is one, as a description may follow."""
    given = re.findall(r"\([^)]*\)|\"[^\"]*\"|<[^>]*>|\S+", values)
    ends = [at for at, word in enumerate(given) if word[0] in '(<"']
    return ends[0] + 1 if ends else len(given)


@pytest.mark.parametrize("program", FOUND)
def test_each_option_of_the_help_takes_what_the_table_says(program: str) -> None:
    found = described(program)
    assert len(found) > 5

    for option, (values, line) in found.items():
        expected = 1 if option in VIO_TASKS else values
        assert TABLES[program].get(option, 0) == expected, line


@pytest.mark.parametrize("program", FOUND)
def test_each_option_that_prints_and_exits_is_a_probe(program: str) -> None:
    found = {option: line for option, (_, line) in described(program).items()}
    printing = {option for option, line in found.items() if PRINTS.search(line)}
    assert printing

    for option in printing:
        assert option in PROBE_FLAGS and read_call([*program.split(), option]).kind is None

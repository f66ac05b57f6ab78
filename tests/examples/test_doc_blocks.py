"""Each block of README.md and docs/ that shows a command is run as it stands, or says why not.

A block that this machine cannot run has a line above it: ``<!-- not run: REASON -->``. Of the
others each command must end as the block says, and print the words of the lines that are shown:
what is left of them without numbers, times, sizes, paths and names of files and builds.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from process.installed import ROOT, Installed
from unit.report.support import row, sample

from rocqshim.history import FILE, History

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?:^<!-- not run: (.+) -->\n)?"
    r"(?:^```(?:console|sh)\n((?:(?!```).*\n)*?)^```$|(^ {4}\$ .*\n(?:^ {4}.*\n)*))",
    re.MULTILINE,
)
# What a block shows of an end that is not 0.
ENDS = [
    (r"^degraded ", 1),
    (r"\((--fail-if-peak|--max-growth)\):$", 1),
    (r"^rocqshim: (The trace|\S+pyproject\.toml:\d+:) ", 1),
]
M = 2**20
REASONS = (
    "It is unchanged: its last peak and 1.0 % more.",
    "It has changed: the highest peak of its last run and a quarter more.",
)


class Block(NamedTuple):
    """A block of a page; ``text`` without its indent, ``number`` counts those of the page."""

    page: str
    number: int
    reason: str | None
    text: str

    def commands(self) -> list[tuple[str, list[str]]]:
        """Each command with the lines that are shown below it."""
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        return [(part.split("\n")[0], part.splitlines()[1:]) for part in parts]


def blocks() -> list[Block]:
    """All, in the order of the pages."""
    found = []
    for page in PAGES:
        for number, match in enumerate(BLOCK.finditer(page.read_text()), 1):
            text = match[2] or re.sub(r"^ {4}", "", match[3], flags=re.MULTILINE)
            found.append(Block(page.name, number, match[1], text))
    return found


def named(block: Block) -> str:
    return f"{block.page}:{block.number}"


RUN = [block for block in blocks() if not block.reason]


# The project in which they run ---------------------------------------------------------------


def record(here: Installed, is_killed: bool) -> None:
    """Three builds of the project, as the broker would have recorded them; Two.v grew.

    is_killed: Big.v ran out of memory in the last one, twice.
    """
    history = History.open(str(Path(str(here.env["XDG_STATE_HOME"])) / "rocqshim" / FILE))
    for number, cpu in enumerate((2.0, 3.1, 4.4)):
        build, root = f"run-{number}be0844b47", str(here.work)
        for at, name in enumerate(("Base", "Two", "Three", "Big")):
            used = cpu if name == "Two" else 1.0
            deps = [] if name == "Base" else ["theories/Base.v"]
            is_bad = is_killed and (name, number) == ("Big", 2)
            ended = {"verdict": "oom-slice", "status": 9, "attempt": 2} if is_bad else {}
            peak = (502 if name == "Two" else 400) * M
            because = REASONS[number == 2 and name == "Two"]
            history.record(
                row(
                    f"theories/{name}.v",
                    1000.0 * number + at,
                    2 * used,
                    root=root,
                    build=build,
                    project="demo",
                    user=used,
                    system=0.0,
                    deps=deps,
                    waited=1.0,
                    memory_peak=peak,
                    anon_peak=peak,
                    reservation=peak,
                    why_reserved=because,
                    why_waited='{"cores": 1.0, "memory": 0.5}',
                    backend="watchdog",
                    **ended,
                )
            )
            others = {"cpu": 0.5 * at, "machine_cpu": 4.0 * at}
            history.record_sample(sample(1000.0 * number + at, build=build, root=root, **others))
    history.close()
    for name in ("Base", "Two", "Three", "Big"):
        here.write(f"theories/{name}.v", "")


def dune(here: Installed) -> None:
    here.write("dune-project", "(lang dune 2.8)\n(using coq 0.2)\n")
    here.write("theories/dune", "(coq.theory (name Demo))\n")
    here.write("theories/A.v", "Definition a := 1.\n")


def dune_rules(here: Installed) -> None:
    shutil.copytree(ROOT / "examples/dune", here.work, dirs_exist_ok=True)


def without_include(here: Installed) -> None:
    makefile = here.work / "Makefile"
    makefile.write_text(makefile.read_text().replace("include mk/rocq-limits.mk", ""))
    here.popen(["make", "CoqMakefile"]).communicate(timeout=60)


def as_above(page: str, number: int) -> str:
    """The settings that the page shows last before its block ``number``."""
    text = (ROOT / "docs" / page).read_text()
    before = text[: list(BLOCK.finditer(text))[number - 1].start()]
    return re.findall(r"^```toml\n(.*?)^```", before, re.MULTILINE | re.DOTALL)[-1]


def prepare(here: Installed, block: Block) -> None:
    """What the text around a block says of its project."""
    shutil.copytree(ROOT / "examples/coq_makefile", here.work, dirs_exist_ok=True)
    first = block.commands()[0][0] if block.commands() else ""
    if "dune" in first:
        shutil.rmtree(here.work)
        here.work.mkdir()
        (dune_rules if "doctor" in first else dune)(here)
    elif "doctor" in first:
        without_include(here)
    elif re.match("rocqshim (report|history|jobs)", first):
        record(here, "Big.v" in first)
        main = here.run("report", "--json", "--build", "run-1be0844b47").stdout
        here.write("main.json", main)
    elif "simulate" in first:
        simulated(here)
    elif "sed" in first:
        here.run("shims")
    elif block.page == "logs.md" and "make" in first:
        here.write("pyproject.toml", as_above("logs.md", block.number))
        warned = "Fixpoint f (n : nat) : nat := 0.\n"
        with (here.work / "theories/Arith.v").open("a") as file:
            file.write(warned)
    elif block.page == "settings.md":
        settings(here, block)


def simulated(here: Installed) -> None:
    bench = [sys.executable, str(ROOT / "bench/traces.py"), "library", "deep", "120", "1"]
    done = subprocess.run(bench, capture_output=True, text=True, check=True, timeout=60)
    here.write("library.json", done.stdout)
    a, b = '{"file": "A.v", "seconds": 1, "peak_bytes": 9, "deps": []}', '"theories/C.v"'
    bad = f'{{"file": "B.v", "seconds": 1, "peak_bytes": 9, "deps": [{b}]}}'
    here.write("build.json", f'{{"name": "x", "files": [{a}, {bad}]}}')


def settings(here: Installed, block: Block) -> None:
    here.env["ROCQSHIM_BACKEND"] = None
    if "is not a size" in block.text:
        here.settings('memory-max = "12GB"')
    elif "there is no setting" in block.text:
        here.settings("memory_max = 1")
    elif "of ONE core" in block.text:
        here.settings('cpu-quota = "75%"\nmemory-high = "10G"')
    elif "config.toml" in block.text:
        home = Path(str(here.env["HOME"])) / ".config/rocqshim"
        home.mkdir(parents=True)
        (home / "config.toml").write_text(as_above("settings.md", block.number))
        here.env["XDG_CONFIG_HOME"] = None
        here.settings('memory-max = "12G"\njobs = 4')
    elif "profile " in block.text and "night" in block.text:
        here.write("pyproject.toml", as_above("settings.md", block.number))


@pytest.fixture
def here(own_world: Path) -> Iterator[Installed]:
    made = Installed(own_world)
    try:
        yield made
    finally:
        left = made.close()
    assert not left, f"processes were left behind: {left}"


# What they do --------------------------------------------------------------------------------


def status(command: str, shown: list[str]) -> int:
    if command.endswith("/dev/null") or "|" in command:
        return 0
    text = "\n".join(shown)
    return next((end for look, end in ENDS if re.search(look, text, re.MULTILINE)), 0)


@pytest.mark.parametrize("block", RUN, ids=named)
def test_a_block_runs(here: Installed, block: Block) -> None:
    assert block.commands(), f"no command in it, and no <!-- not run: … --> above it: {block.text}"
    prepare(here, block)
    for command, shown in block.commands():
        if command == "echo $?":
            continue
        done = here.popen(["bash", "-c", command], stderr=subprocess.STDOUT)
        out, _ = done.communicate(timeout=120)
        assert done.returncode == status(command, shown), out
        printed = words(out) | {"demo"}  # the project's name
        missing = {line: gone for line in shown if (gone := words(line) - printed)}
        assert not missing, out


def words(text: str) -> set[str]:
    """What a text says, without what differs from one build, machine and project to the next."""
    # `1 min` is a time, too.
    plain = re.sub(r"\bmin\b|\S*[/0-9_…]\S*|\S+\.(?:v|vo|glob|slice|aux)\b", " ", text)
    return {word.rstrip("s") for word in re.findall(r"[A-Za-z][a-z]+(?:-[a-z]+)*", plain)}

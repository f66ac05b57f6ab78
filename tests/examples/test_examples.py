"""Each example, copied and built as its README says: real make, real compiler, real launcher."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from rocqshim.makefile.include import render

EXAMPLES = Path(__file__).parents[2] / "examples"
BUILT = "*.vo *.vos *.vok *.glob .*.aux _build CoqMakefile* .*.d".split()
DEMO = "Arith Lists Tree Sort Compiler Binary Examples Everything".split()
VERDICT = re.compile(
    r"^rocq-exec: Big\.v: killed, out of memory in rocq-\w+\.slice "
    r"\(memory-max 700M, pyproject\.toml:2\); this job had \d\S+ of it.*\. Raise memory-max",
    re.M,
)
Done = subprocess.CompletedProcess[str]

pytestmark = pytest.mark.skipif(
    not (shutil.which("coqc") or shutil.which("rocq")),
    reason="neither coqc nor rocq is installed: apt-get install coq",
)
needs_time = pytest.mark.skipif(
    not shutil.which("time"), reason="no GNU time, which TIMED=1 calls: apt-get install time"
)


class Copy:
    """A copy of an example, in which commands run with the launcher in PATH."""

    def __init__(self, name: str, base: Path, env: dict[str, str]) -> None:
        self.root = base / name
        self.env = env
        shutil.copytree(EXAMPLES / name, self.root, ignore=shutil.ignore_patterns(*BUILT))

    def run(self, *words: str) -> Done:
        return subprocess.run(
            words, cwd=self.root, env=self.env,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def made(self, pattern: str = "*.vo") -> list[str]:
        return sorted(path.name for path in self.root.rglob(pattern))

    def jobs(self, count: int, column: str = "verdict") -> list[tuple[str, str]]:
        """What went through the launcher, and how it ended, as the history has it.

        The broker writes it after the launcher has its answer: wait for ``count`` jobs.
        """
        deadline = time.monotonic() + 10
        while len(found := self._rows(column)) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        return found

    def _rows(self, column: str) -> list[tuple[str, str]]:
        db = sqlite3.connect(Path(self.env["XDG_STATE_HOME"]) / "rocqshim/history.sqlite3")
        try:
            return sorted(db.execute(f"SELECT file, {column} FROM jobs"))
        finally:
            db.close()


@pytest.fixture
def example(tmp_path: Path, shim_env: dict[str, str], request: pytest.FixtureRequest) -> Copy:
    return Copy(request.param, tmp_path, shim_env)


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", [name], indirect=True)


def test_every_copy_of_the_include_is_current() -> None:
    copies = list(EXAMPLES.glob("*/mk/rocq-limits.mk"))

    assert len(copies) == 4
    assert all(path.read_text() == render() for path in copies)


def test_every_example_has_a_readme() -> None:
    folders = [path for path in EXAMPLES.iterdir() if path.is_dir()]

    assert len(folders) == 5
    assert all((folder / "README.md").exists() for folder in folders)


@of("coq_makefile")
def test_coq_makefile(example: Copy) -> None:
    done = example.run("make", "-j4")

    assert done.returncode == 0, done.stderr
    assert example.made() == sorted(f"{name}.vo" for name in DEMO)
    assert example.jobs(8) == [(f"theories/{name}.v", "success") for name in sorted(DEMO)]
    assert "rocq" not in re.sub(r"rocq makefile.*", "", done.stdout)  # nothing is added to stdout

    assert example.run("make", "clean").returncode == 0
    assert example.made() == []


@of("coq_makefile")
def test_coq_makefile_one_module(example: Copy) -> None:
    done = example.run("make", "theories/Tree.vo")

    assert done.returncode == 0, done.stderr
    assert example.made() == ["Arith.vo", "Lists.vo", "Tree.vo"]


@of("coq_makefile")
@needs_time
def test_coq_makefile_timed(example: Copy) -> None:
    """`time` is outside and measures the launcher with its child."""
    done = example.run("make", "TIMED=1")  # with -j, the pieces of its lines are mixed

    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^theories/\w+\.vo \(real: .* mem: \d+ ko\)$", done.stderr, re.M)) == 8
    assert len(example.jobs(8)) == 8


@of("coq_makefile")
@needs_time
def test_coq_makefile_pretty_timed(example: Copy) -> None:
    # Debian's 8.16 finds its script only with COQBIN set, and the module of that only so.
    where = os.path.dirname(shutil.which("coqc") or shutil.which("rocq") or "")
    example.env["PYTHONPATH"] = "/usr/lib/ocaml/coq-core/tools"

    done = example.run("make", "pretty-timed", f"COQBIN={where}/")

    assert done.returncode == 0, done.stderr
    assert re.search(r"Total Time / Peak Mem", done.stdout)
    assert len(example.jobs(8)) == 8


@of("coq_makefile")
def test_coq_makefile_vos_and_the_checker(example: Copy) -> None:
    for goal in ("vos", "all", "validate"):
        done = example.run("make", goal)
        assert done.returncode == 0, done.stderr

    kinds = example.jobs(17, "kind")
    assert {kind for _, kind in kinds} == {"vos", "vo", "check"}
    assert len(kinds) == 8 + 8 + 1


@of("plain-make")
def test_plain_make(example: Copy) -> None:
    done = example.run("make", "-j4")

    assert done.returncode == 0, done.stderr
    assert [file for file, _ in example.jobs(4)] == ["Base.v", "Both.v", "Even.v", "Odd.v"]


@of("plain-make")
def test_plain_make_without_rocqshim(example: Copy) -> None:
    example.env["PATH"] = "/usr/bin:/bin"

    done = example.run("make", "-j4")

    assert done.returncode == 0, done.stderr
    assert example.made() == ["Base.vo", "Both.vo", "Even.vo", "Odd.vo"]
    assert done.stderr.count("\n") == 1
    assert "nothing is limited" in done.stderr
    for text in (EXAMPLES / "plain-make/README.md", EXAMPLES.parent / "docs/make.md"):
        assert done.stderr in text.read_text()


@of("dune")
@pytest.mark.skipif(not shutil.which("dune"), reason="no dune: apt-get install ocaml-dune")
def test_dune(example: Copy) -> None:
    done = example.run("dune", "build", "--cache=disabled")

    assert done.returncode == 0, done.stderr
    assert example.made() == ["Base.vo", "Left.vo", "Right.vo"]
    files = [os.path.basename(file) for file, _ in example.jobs(3)]
    assert sorted(files) == ["Base.v", "Left.v", "Right.v"]


@of("out-of-memory")
def test_out_of_memory(example: Copy) -> None:
    done = example.run("make", "-k", "-j4")

    assert done.returncode == 2  # make's own: it lives, and reports what it could not make
    assert VERDICT.search(done.stderr), done.stderr
    assert "Big.vo" in done.stderr.splitlines()[-2]
    assert example.made("Small*.vo") == [f"Small{n}.vo" for n in (1, 2, 3, 4)]
    assert example.made("Big.*") == ["Big.v"]
    verdicts = dict(example.jobs(5))
    assert verdicts.pop("Big.v") in ("oom-slice", "oom-job")
    assert set(verdicts.values()) == {"success"}


@of("out-of-memory")
def test_with_more_memory_it_compiles(example: Copy) -> None:
    example.env["ROCQSHIM_MEMORY_MAX"] = "3G"

    done = example.run("make", "Big.vo")

    assert done.returncode == 0, done.stderr
    assert example.made() == ["Big.vo"]


@of("reference-machine")
def test_reference_machine_builds_on_this_one(example: Copy) -> None:
    done = example.run("make")

    assert done.returncode == 0, done.stderr
    assert example.jobs(1) == [("Hello.v", "success")]

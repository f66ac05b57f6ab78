"""Each figure's file in bench/ is one that `make bench` and CI run."""

import runpy
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench"
OTHERWISE = {"run.py", "call.py", "traces.py"}  # itself; in a container; makes a trace to look at


def test_every_program_of_the_folder_is_run() -> None:
    programs = {path.name for path in BENCH.glob("*.py") if "__main__" in path.read_text()}

    assert programs - OTHERWISE == set(runpy.run_path(str(BENCH / "run.py"))["NATIVE"])

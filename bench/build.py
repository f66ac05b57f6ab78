"""A whole build with and without: three copies of examples/coq_makefile, 24 files."""

from __future__ import annotations

import statistics
import subprocess
from pathlib import Path

from measure import ROCQ_EXEC, amount, own_broker, seconds

FILES = 24
SOURCES = sorted((Path(__file__).parents[1] / "examples/coq_makefile/theories").glob("*.v"))
PAIRS = amount(3)


def main() -> None:
    """Print the ratio of the medians, make -j2 with nothing else running."""
    with own_broker('jobs = "infinity"') as (project, environ):
        _write_project(project)
        commands = (
            ["make", "-j2"],
            ["make", "-j2", f"COQC={ROCQ_EXEC} coqc", f"ROCQ={ROCQ_EXEC} rocq"],
        )
        times: dict[int, list[float]] = {0: [], 1: []}
        for _ in range(PAIRS):
            for number, command in enumerate(commands):
                subprocess.run(["make", "clean"], cwd=project, check=True, capture_output=True)
                times[number].append(seconds(command, environ, str(project)))
    ratios = [wrapped / bare for bare, wrapped in zip(times[0], times[1], strict=True)]
    bare, wrapped = (statistics.median(times[number]) for number in (0, 1))
    print(
        f"build   {wrapped:.1f} s against {bare:.1f} s, ratio {statistics.median(ratios):.3f} "
        f"({PAIRS} pairs, {FILES} files, -j2)"
    )


def _write_project(project: Path) -> None:
    files = []
    for copy in range(FILES // len(SOURCES)):
        folder = project / f"copy{copy}"
        folder.mkdir()
        for source in SOURCES:
            text = source.read_text().replace("From Demo ", f"From Demo{copy} ")
            (folder / source.name).write_text(text)
            files.append(f"copy{copy}/{source.name}")
    roots = [f"-R copy{copy} Demo{copy}" for copy in range(FILES // len(SOURCES))]
    (project / "_CoqProject").write_text("\n".join([*roots, *files]) + "\n")
    subprocess.run(
        "coq_makefile -f _CoqProject -o Makefile || rocq makefile -f _CoqProject -o Makefile",
        shell=True,
        cwd=project,
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()

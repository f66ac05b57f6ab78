"""A whole build with and without: 24 files of the compiler's own library, by coq_makefile."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from measure import ROCQ_EXEC, own_broker, seconds

FILES = 24
PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 3


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
    where = subprocess.run(["coqc", "-where"], capture_output=True, text=True, check=True).stdout
    library = Path(where.strip())
    if not (library / "theories" / "Lists").is_dir():
        library = library / "user-contrib" / "Stdlib"  # Rocq 9 ships it as a library
    folders = [library / "theories", library]
    found = [
        file
        for top in folders
        for name in ("Lists", "Sorting", "Logic", "Bool", "Arith")
        for file in sorted((top / name).glob("*.v"))
    ]
    for file in found[:FILES]:
        shutil.copy(file, project / file.name)
    (project / "_CoqProject").write_text(
        "-R . Bench\n" + "\n".join(sorted(file.name for file in found[:FILES])) + "\n"
    )
    subprocess.run(
        "coq_makefile -f _CoqProject -o Makefile || rocq makefile -f _CoqProject -o Makefile",
        shell=True,
        cwd=project,
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()

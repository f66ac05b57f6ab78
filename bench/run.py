"""``make bench``: every figure of docs/figures.md, each by its own file in this folder.

``--short`` measures little, to see that all of them still run: ``make bench-short``, in CI.
"""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
# Each file with its amount (rounds, jobs or files, as it says itself) in the short form.
NATIVE = {
    "probe.py": 3,
    "waiting.py": 5,
    "many.py": 30,
    "stop.py": 3,
    "decision.py": 30,
    "build.py": 1,
    "stderr_logs.py": 3,
    "report.py": 200,
    "simulate.py": 6,
    "informed.py": 6,
}


def main() -> int:
    """Run them one after another; 1 if one could not run."""
    is_short = sys.argv[1:] == ["--short"]
    print(
        f"{datetime.date.today()}, {platform.platform()}, {os.cpu_count()} cores, "
        f"python {platform.python_version()}, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    failed = [name for name, few in NATIVE.items() if _run(name, [str(few)] if is_short else [])]
    if _call(is_short):
        failed.append("call.py")
    print("could not run: " + " ".join(failed) if failed else "all ran")
    return 1 if failed else 0


def _run(name: str, words: list[str]) -> int:
    return subprocess.run([sys.executable, HERE / name, *words], check=False).returncode


def _call(is_short: bool) -> int:
    if Path(f"/run/user/{os.getuid()}/systemd/private").exists():
        return _run("call.py", ["3"] if is_short else [])
    if is_short:
        print("call      not run: it needs a user manager of systemd; make bench has a container")
        return 0
    container = HERE.parent / "tests" / "vm" / "container.py"
    inside = "/opt/rocqshim/bin/python bench/call.py"
    return subprocess.run(
        [sys.executable, container, "forky", "--shell", inside], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())

"""``make bench``: every figure that the README names, each by its own file in this folder."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NATIVE = (
    "probe.py",
    "waiting.py",
    "many.py",
    "stop.py",
    "decision.py",
    "build.py",
    "stderr_logs.py",
    "report.py",
)


def main() -> int:
    """Run them one after another; 1 if one could not run."""
    print(f"{platform.platform()}, {os.cpu_count()} cores, python {platform.python_version()}")
    failed = [
        name
        for name in NATIVE
        if subprocess.run([sys.executable, HERE / name], check=False).returncode
    ]
    if _call():
        failed.append("call.py")
    print("could not run: " + " ".join(failed) if failed else "all ran")
    return 1 if failed else 0


def _call() -> int:
    if Path(f"/run/user/{os.getuid()}/systemd/private").exists():
        return subprocess.run([sys.executable, HERE / "call.py"], check=False).returncode
    container = HERE.parent / "tests" / "vm" / "container.py"
    inside = "/opt/rocqshim/bin/python bench/call.py"
    return subprocess.run(
        [sys.executable, container, "forky", "--shell", inside], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())

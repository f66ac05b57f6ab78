"""What the kernel and systemd have: cgroups by their units, processes by their environment."""

from __future__ import annotations

import platform
from pathlib import Path

from .guest import good

MOUNT = Path("/sys/fs/cgroup")


def control_group(unit: str, *manager: str) -> Path:
    """The folder of a unit's cgroup, as systemd says; manager: ``--user`` where not the system."""
    path = good("systemctl", *manager, "show", "-p", "ControlGroup", "--value", unit)
    return MOUNT / path.lstrip("/") if path else Path("/nonexistent")


def user_slice(name: str) -> Path:
    """A slice of this user's manager."""
    return control_group(name, "--user")


def value(folder: Path, file: str) -> str:
    """Read one file of a cgroup; "" where it does not exist."""
    path = folder / file
    return path.read_text().strip() if path.exists() else ""


def count(folder: Path, file: str, key: str) -> int:
    """Read one counter of a flat keyed file."""
    pairs = (line.split() for line in value(folder, file).splitlines())
    return next((int(pair[1]) for pair in pairs if pair[0] == key), 0)


def job_groups(folder: Path) -> list[Path]:
    """The job cgroups below ``folder``."""
    return sorted(folder.glob("**/job-*")) if folder.exists() else []


def group_of(pid: int | str) -> str:
    """The cgroup of a process as in ``/user.slice/…``; "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/cgroup").read_text().strip().removeprefix("0::")
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    """Tell whether the process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def job_processes() -> list[str]:
    """This user's processes that belong to a job, by their environment: ``pid command``."""
    found = [path for path in Path("/proc").glob("[0-9]*/environ") if _is_in_job(path)]
    return [f"{path.parent.name} {_command(path.parent)}" for path in found]


def _is_in_job(environ: Path) -> bool:
    try:
        return b"\0ROCQSHIM_JOB=" in b"\0" + environ.read_bytes()
    except OSError:
        return False  # gone, or somebody else's


def _command(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_text(errors="replace").replace("\0", " ").strip()
    except OSError:
        return ""


def may_take_two() -> bool:
    """Linux 7.2 was seen to kill a second job before the first had given its memory back."""
    return int(platform.release().partition(".")[0]) >= 7

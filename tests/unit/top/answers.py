"""Answers of a broker, as ``status`` gives them."""

from __future__ import annotations

from typing import Any

from rocqshim.top.state import Look

G = 1 << 30
Answer = dict[str, Any]


def job(file: str, **changes: object) -> Answer:
    return {
        "job": f"job-{file}", "file": file, "kind": "vo", "pid": 11, "pids": [11],
        "state": "running", "seconds": 72.0, "expected_seconds": 100.0, "cpu": 60.0,
        "memory": 3 * G // 2, "memory_peak": 2 * G, "reservation": 2 * G, "predicted": 2 * G,
        "predicted_by": "file", "attempt": 1, **changes,
    }  # fmt: skip


def waiting(file: str, **changes: object) -> Answer:
    return {
        "file": file, "kind": "vo", "attempt": 1, "seconds": 4.0, "expected_seconds": 9.0,
        "predicted": 3 * G, "reason": "memory", "needs": 16 * G // 5, "free": 11 * G // 10,
        **changes,
    }  # fmt: skip


def ended(file: str, **changes: object) -> Answer:
    return {
        "file": file, "kind": "vo", "verdict": "success", "status": 0, "attempt": 1,
        "seconds": 12.3, "memory_peak": G, "ended": 1e9, **changes,
    }  # fmt: skip


def build(**changes: object) -> Answer:
    return {
        "build": "b", "started": 1e9, "seconds": 300.0, "jobs": 45, "memory_peak": 5 * G,
        "failed": 0, "killed": 1, "cancelled": 0, "repeated": 2, "done": 45,
        "total": 120, "left": 192.0, "ended": [], **changes,
    }  # fmt: skip


def project(name: str = "foo", **changes: object) -> Answer:
    limits = {
        "memory_max": 8 * G, "memory_high": None, "memory_swap_max": 0, "cpu_quota": 400,
        "cpu_weight": 100, "io_weight": 50, "tasks_max": 128,
    }  # fmt: skip
    made = {
        "project": name, "root": f"/home/u/{name}", "slice": f"rocq-{name}.slice",
        "backend": "systemd", "limits": limits, "unenforced": [], "memory": 3 * G,
        "memory_peak": 5 * G, "tasks": 12, "reserved": 4 * G, "cores": 4, "cpu": 100.0,
        "read": 10 << 20, "written": 20 << 20, "memory_pressure": 0.0, "cpu_pressure": 12.4,
        "paused": False, "jobs": [], "queue": [], "build": build(), **changes,
    }  # fmt: skip
    return {"waiting": len(made["queue"]), **made}  # type: ignore[arg-type]


def answer(*projects: Answer, now: float = 1000.0, pid: int = 9) -> Answer:
    broker = {"pid": pid, "version": "0.1.0", "seconds": 60.0, "now": now}
    return {"version": 1, "broker": broker, "projects": list(projects), "elsewhere": 0}


def look(*projects: Answer, **changes: Any) -> Look:  # noqa: ANN401
    return Look(answer(*projects), **changes)

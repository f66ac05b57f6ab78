"""Documents of builds that never were: a small scheduler, deterministic by its seed."""

from __future__ import annotations

import heapq
import math
import random
from typing import Any

GIGA = 2**30
AREAS = "Algebra Logic Sets Numbers Topology Analysis Categories Programs".split()


def document(
    files: int = 60, cores: int = 8, memory_max: int | None = 8 * GIGA, seed: int = 7
) -> dict[str, Any]:
    """A build of so many files, with repeats, one failure, waits and a build before it."""
    chance = random.Random(seed)
    jobs = _scheduled(_planned(files, chance), cores, memory_max or 10**15, chance)
    seconds = max(job["ended"] for job in jobs) + 0.4
    path = _critical(jobs)
    samples = _samples(jobs, seconds, memory_max, chance)
    return {
        "version": 1, "project": "categories", "root": "/home/ada/categories",
        "build": "1795570140-4711", "started": 1795570140.25, "seconds": seconds,
        "slice": "rocq-categories.slice", "backend": "systemd",
        "memory_max": memory_max, "cpu_quota": cores * 100, "cores": cores,
        "memory_peak": max(sample["memory"] for sample in samples),
        "jobs": jobs, "samples": samples,
        "lost": {"memory": seconds * cores * 0.07, "dependencies": seconds * cores * 0.19,
                 "exclusive": 11.5},
        "critical_path": path,
        "critical_seconds": sum(j["ended"] - j["started"] for j in jobs if j["critical"]),
        "what_if": [{**change, "failed": [], "unproven": []} for change in (
            {"change": "memory-max 12G", "seconds": seconds * 1.31, "difference": seconds * 0.31},
            {"change": "memory-max 48G", "seconds": seconds * 0.9, "difference": -seconds * 0.1},
            {"change": "16 cores", "seconds": seconds * 0.72, "difference": -seconds * 0.28},
            {"change": "-j4", "seconds": None, "difference": None},
        )],
        "out_of_memory": [],
        "previous": {
            "build": "1795483740-311", "started": 1795483740.0, "seconds": seconds - 37.5,
            "memory_peak": 19 * GIGA,
            "files": [
                {"file": job["file"], "kind": "vo", "cpu": None, "cpu_before": None,
                 "seconds": job["ended"] - job["started"],
                 "seconds_before": (job["ended"] - job["started"]) * (0.5 + at / 30),
                 "peak": job["memory_peak"],
                 "peak_before": int(job["memory_peak"] * (0.6 + at / 30))}
                for at, job in enumerate(jobs[:: max(1, files // 20)])
            ],
        },
    }  # fmt: skip


def _planned(count: int, chance: random.Random) -> list[dict[str, Any]]:
    """Files with what they need, how long they take and how much they hold."""
    made: list[dict[str, Any]] = []
    for at in range(count):
        area = AREAS[at * len(AREAS) // count]
        near = [made[chance.randrange(max(0, at - count // 3), at)]["file"] for _ in range(2) if at]
        heavy = chance.random() < 0.12
        made.append({
            "file": f"theories/{area}/{chance.choice('Basic Lemmas Facts Theory Limits'.split())}"
            f"{at}.v",
            "deps": sorted(set(near)),
            "takes": chance.lognormvariate(2.2, 0.7) * (3 if heavy else 1),
            "peak": int(chance.lognormvariate(0.1, 0.5) * GIGA * (3 if heavy else 0.8)),
        })  # fmt: skip
    return made


def _scheduled(
    plan: list[dict[str, Any]], cores: int, memory: int, chance: random.Random
) -> list[dict[str, Any]]:
    """Whatever is ready starts if there is room, the first of the plan first."""
    left = {one["file"]: len(one["deps"]) for one in plan}
    needers: dict[str, list[dict[str, Any]]] = {}
    for one in plan:
        for dep in one["deps"]:
            needers.setdefault(dep, []).append(one)
    ready = [(one, 0.0) for one in plan if not one["deps"]]
    running: list[tuple[float, int, dict[str, Any]]] = []
    jobs: list[dict[str, Any]] = []
    now, held = 0.0, 0
    while ready or running:
        for one, asked in list(ready):
            need = int(one["peak"] * 1.15)
            if len(running) < cores and (held + need <= memory or not running):
                ready.remove((one, asked))
                jobs.append(_job(one, asked, now, chance))
                heapq.heappush(running, (jobs[-1]["ended"], len(jobs), jobs[-1]))
                held += need
        now, _, done = heapq.heappop(running)
        held -= done["reservation"]
        if done["verdict"] == "oom-slice":
            again = next(one for one in plan if one["file"] == done["file"])
            ready.append(({**again, "attempt": 2}, now))
            continue
        for one in needers.get(done["file"], []):
            left[one["file"]] -= 1
            if not left[one["file"]]:
                ready.append((one, now))
    jobs[-1].update(verdict="exit-code", status=256)
    return jobs


def _job(one: dict[str, Any], asked: float, now: float, chance: random.Random) -> dict[str, Any]:
    attempt = one.get("attempt", 1)
    killed = attempt == 1 and one["peak"] > 3 * GIGA and chance.random() < 0.4
    took = one["takes"] * (0.6 if killed else 1)
    waited = now - asked
    verdict, status = ("oom-slice", 9) if killed else ("success", 0)
    return {
        "file": one["file"], "kind": "vo", "attempt": attempt, "verdict": verdict, "status": status,
        "asked": asked, "started": now, "ended": now + took, "waited": waited,
        "why_waited": {"memory": waited * 0.7, "cores": waited * 0.3} if waited else {},
        "user": took * 0.93, "system": took * 0.04, "memory_peak": one["peak"],
        "anon_peak": int(one["peak"] * 0.9), "swap_peak": 0,
        "reservation": int(one["peak"] * 1.15), "why_reserved": "It has changed.",
        "job_memory_max": None, "deps": one["deps"],
        "critical": False,
    }  # fmt: skip


def _critical(jobs: list[dict[str, Any]]) -> list[str]:
    """From the end back: each time the one that was waited for longest."""
    last = {job["file"]: job for job in jobs}
    job = max(jobs, key=lambda job: job["ended"])
    path = []
    while job:
        job["critical"] = True
        path.append(job["file"])
        job = max((last[dep] for dep in job["deps"]), key=lambda j: j["ended"], default=None)
    return path[::-1]


def _samples(
    jobs: list[dict[str, Any]], seconds: float, limit: int | None, chance: random.Random
) -> list[dict[str, Any]]:
    period = max(1.0, seconds / 1100)
    moments: list[list[dict[str, Any]]] = [[] for _ in range(int(seconds / period) + 1)]
    for job in jobs:
        for at in range(int(job["asked"] / period) + 1, int(job["ended"] / period) + 1):
            moments[at].append(job)
    return [_sample(found, at * period, limit, chance) for at, found in enumerate(moments) if at]


def _sample(
    jobs: list[dict[str, Any]], now: float, limit: int | None, chance: random.Random
) -> dict[str, Any]:
    on = [job for job in jobs if job["started"] <= now < job["ended"]]
    parts = [
        [j["file"], int(j["memory_peak"] * min(1, 0.2 + 0.9 * _age(j, now))), j["attempt"]]
        for j in on
    ]
    memory = int(sum(part[1] for part in parts) * 1.04) + GIGA // 2
    waiting = len(jobs) - len(on)
    return {
        "t": now, "memory": min(memory, limit or memory), "peak": min(memory, limit or memory),
        "cpu": len(on) * 0.96, "machine_cpu": len(on) * 0.96 + 0.5,
        "reserved": sum(job["reservation"] for job in on), "read": 1_000_000 * chance.random(),
        "written": 400_000 * chance.random(), "tasks": 2 * len(on), "running": len(on),
        "memory_pressure": 6 * abs(math.sin(now / 40)) + chance.random(),
        "cpu_pressure": 20 * abs(math.sin(now / 70)) + chance.random(),
        "waiting": waiting, "blocked": "memory" if waiting else "", "jobs": parts,
    }  # fmt: skip


def _age(job: dict[str, Any], now: float) -> float:
    return float((now - job["started"]) / (job["ended"] - job["started"]))

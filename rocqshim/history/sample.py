"""One look at a slice while a build runs, as the history keeps it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """What a slice had at one moment of a build. Bytes and seconds; None: unknown or no limit.

    time: Unix time. memory: what the slice had at the look that showed most since the sample
    before; jobs: what each job had at that moment, a JSON list of [file, bytes, attempt]. peak: the
    most that the slice had since then by whatever counts it, also between two looks. reserved:
    what its running jobs are promised or hold, together. cpu: user and system time of the slice
    since it was made; machine_cpu: what the cores that the jobs may use have worked since boot, for
    anybody. read, written: bytes from and to disks, since the slice was made. cores: how many the
    jobs may use. memory_pressure, cpu_pressure: per cent of the last 10 s in which some task
    waited for it (PSI, some avg10). running, waiting: jobs. blocked: why the first in the queue
    waits, a word of admission.reason, "" if nobody waits.
    """

    build: str
    root: str
    time: float
    memory: int
    memory_max: int | None
    reserved: int
    cpu: float | None
    read: int | None
    written: int | None
    cores: int
    cpu_quota: int | None
    tasks: int
    memory_pressure: float | None
    cpu_pressure: float | None
    running: int
    waiting: int
    blocked: str
    jobs: str
    peak: int | None = None
    machine_cpu: float | None = None

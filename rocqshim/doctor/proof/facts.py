"""What the two throw-away jobs have shown, and the checks that follow: data in, data out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rocqshim.doctor.check import DEGRADED, FAILED, OK, Check
from rocqshim.settings.size import human_size

MEMORY_MAX = 96 << 20  # bytes; a bare Python has 10 MiB
WANTED = 384  # MiB that the first job takes, if nobody stops it
CPU_QUOTA = 20  # per cent of one core
CORES = 2  # that the second job would use, if nobody stopped it
MEMORY, CPU, MAKE = "proof: memory", "proof: cpu", "proof: make"
KERNEL = ("systemd", "cgroup2")
UNKNOWN = "rocqshim stop --broker, and once more; else report this with rocqshim doctor --json"


@dataclass(frozen=True)
class Shown:
    """Read after the end of both jobs.

    backend, verdict, peak (bytes): of the first job, as the history has them; "" for none.
    status: its exit status, as the shell saw it that had started it; shell_lives: that one.
    job_group, shell_group: their cgroups. used: by the second job, per cent of one core; None
    where it did not end. cores: how many it was let onto. throttled: seconds for which the
    kernel held its slice back; oom_kills: of the slice, by the kernel; None where nobody counts.
    said: what was printed on stderr.
    """

    backend: str = ""
    slice: str = ""
    verdict: str = ""
    peak: int | None = None
    status: int | None = None
    shell_lives: bool = False
    job_group: str = ""
    shell_group: str = ""
    used: float | None = None
    cores: int = 0
    throttled: float | None = None
    oom_kills: int | None = None
    said: str = ""


def judge(shown: Shown, machine: Sequence[Check] = ()) -> list[Check]:
    """The three checks. machine: those of this machine, whose cures are theirs, too."""
    cures = {check.name: check.mend for check in machine if check.is_bad}
    return [_cured(check, cures) for check in (_memory(shown), _cpu(shown), _make(shown))]


def _cured(check: Check, cures: dict[str, str]) -> Check:
    """Below, ``mend`` is the name of the machine's check that tells of the cause."""
    names = (check.mend, "backend", "limits")
    found = next((cures[name] for name in names if name in cures), UNKNOWN)
    return replace(check, mend=found) if check.is_bad else check


def _memory(shown: Shown) -> Check:
    limit, wanted = human_size(MEMORY_MAX), human_size(WANTED << 20)
    if not shown.backend:
        found = f"the job did not run as one: {shown.said or 'nothing was said'}"
        return Check(MEMORY, FAILED, found, "no compiler of yours would be limited", "backend")
    if not shown.verdict.startswith("oom"):
        found = f"a job took {wanted} where memory-max is {limit}, and was not killed for it"
        return Check(MEMORY, FAILED, found, "memory-max does not hold", "limits")
    found = f"a job that wanted {wanted} was killed at {human_size(shown.peak)} of {limit}"
    if shown.backend in KERNEL and shown.oom_kills:
        return Check(MEMORY, OK, f"{found}; {shown.slice} counts oom_kill {shown.oom_kills}")
    if shown.backend in KERNEL:
        means = "who killed it is not known: the slice counts no oom_kill"
        return Check(MEMORY, DEGRADED, found, means, "oom killers")
    means = "by the watchdog, which samples: a job that grows faster has more before it is killed"
    return Check(MEMORY, DEGRADED, found, means, "cgroup v2")


def _cpu(shown: Shown) -> Check:
    if shown.used is None:
        found = f"the job did not end: {shown.said or 'nothing was said'}"
        return Check(CPU, FAILED, found, "whether cpu-quota holds is not known", "backend")
    found = f"{CORES} processes with cpu-quota {CPU_QUOTA}% had {shown.used:.0f}% of a core"
    if shown.throttled:
        found += f", and were held back for {shown.throttled:.1f} s (cpu.stat)"
    # A quota is refilled each 100 ms; what a job had used before it was full counts as well.
    if shown.throttled and shown.used <= 2 * CPU_QUOTA:
        return Check(CPU, OK, found)
    if shown.backend in KERNEL:
        means = "cpu-quota does not hold"
        return Check(CPU, FAILED, found, means, "controllers")
    if shown.cores == 1:
        means = "without cgroups a quota is rounded up to whole cores: this one to 1"
        return Check(CPU, DEGRADED, f"{found}, and were kept to 1", means, "cgroup v2")
    means = "neither a quota nor a number of cores can be held here"
    return Check(CPU, FAILED, found, means, "cgroup v2")


def _make(shown: Shown) -> Check:
    if not shown.shell_lives:
        found = f"the shell that had started the job is gone: {shown.said or 'nothing was said'}"
        return Check(MAKE, FAILED, found, "make would die with a compiler", "oom policy")
    found = f"the shell in its place lived on, and saw status {shown.status}"
    if shown.backend not in KERNEL:
        return Check(MAKE, OK, f"{found}; the watchdog kills the processes of a job alone")
    if shown.slice in shown.shell_group or shown.slice not in shown.job_group:
        found = f"the shell was in {shown.shell_group}, the job in {shown.job_group}"
        return Check(MAKE, FAILED, found, "make is not outside the slice", "placement")
    return Check(MAKE, OK, f"{found}, in {shown.shell_group}; the job was in {shown.slice}")

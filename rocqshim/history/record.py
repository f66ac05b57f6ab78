"""One finished job, as the history keeps it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class JobRecord:
    """One finished attempt of a job. Times are seconds, memory is bytes; None: unknown or no limit.

    root, project, slice, build, backend: where it ran. started: Unix time. waited: in the queue.
    verdict: a word of verdict.py. status: wait status. attempt: 1 for the first, one row for each.
    version: of rocqshim. The names and their order are the table's.

    compiler_id: which compiler it really is (`broker/source.py`). source_size, source_digest: of
    the file that was compiled. loaded_size: of all .vo files that it loads, those of the library
    not counted. loads: the files of the project that it needs first, as a JSON list. memory_peak
    is the kernel's, with page cache; anon_peak the largest anonymous memory that was seen.
    oom: how often its own limit was hit; oom_kill, oomd_kill: processes killed by the kernel, by
    systemd-oomd. reservation: what it was promised at its start, why_reserved: where that figure
    comes from, a sentence. course: what it held at each of prediction.model.AGES, as a JSON list.
    lean: 1 if it ran with a small minor heap. cwd, command: where it was started and its words, as
    a JSON list. why_waited: the seconds of ``waited`` by reason (admission.reason), as a JSON
    object.
    """

    root: str
    project: str
    slice: str
    build: str
    backend: str
    file: str
    kind: str
    compiler: str
    started: float
    waited: float
    wall: float
    user: float | None
    system: float | None
    memory_peak: int | None
    swap_peak: int | None
    verdict: str
    status: int | None
    memory_max: int | None
    job_memory_max: int | None
    attempt: int
    version: str
    compiler_id: str | None = None
    source_size: int | None = None
    source_digest: str | None = None
    loaded_size: int | None = None
    loads: str | None = None
    anon_peak: int | None = None
    oom: int | None = None
    oom_kill: int | None = None
    oomd_kill: int | None = None
    reservation: int | None = None
    course: str | None = None
    lean: int | None = None
    cwd: str | None = None
    command: str | None = None
    why_waited: str | None = None
    why_reserved: str | None = None

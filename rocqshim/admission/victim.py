"""Whom the kernel kills when the slice is full: the job with the least work lost."""

from __future__ import annotations

from collections.abc import Iterable

from rocqshim.admission.model import Running

MOST = 1000  # oom_score_adj of the first victim; the last has 0


def kill_order(running: Iterable[Running]) -> list[int]:
    """The numbers of the running jobs, first victim first: the youngest, the oldest last.

    An exclusive job comes last: it was promised that nobody disturbs it.
    """
    jobs = sorted(running, key=lambda run: (run.exclusive, -run.started, -run.number))
    return [job.number for job in jobs]


def oom_score_adj(running: Iterable[Running]) -> dict[int, int]:
    """What to write for each running job, by number: 1000 for the first victim, 0 for the last.

    The kernel adds its own score to it, which is at most 1000 for a process with all the memory;
    with up to 20 jobs the order holds nearly always, with more it holds in the main.
    """
    order = kill_order(running)
    last = max(1, len(order) - 1)
    return {number: MOST - MOST * place // last for place, number in enumerate(order)}

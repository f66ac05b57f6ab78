"""Whom the kernel kills when the slice is full: the job with the least work lost."""

from __future__ import annotations

from collections.abc import Iterable

from rocqshim.admission.model import Running

MOST = 1000  # oom_score_adj of the first victim; the last has 0
# The last compiler's beside a job before which somebody sits: oom_badness() counts thousandths of
# the slice, so that a compiler is taken first unless it has less than that one by 6/10 of it.
ABOVE_INTERACTIVE = 600


def kill_order(running: Iterable[Running]) -> list[int]:
    """The numbers of the running jobs, first victim first: the youngest, the oldest last.

    An exclusive job comes last: it was promised that nobody disturbs it. Then those before which
    somebody sits.
    """
    jobs = sorted(running, key=_order)
    return [job.number for job in jobs]


def _order(run: Running) -> tuple[bool, bool, float, int]:
    return run.interactive, run.exclusive, -run.started, -run.number


def oom_score_adj(running: Iterable[Running]) -> dict[int, int]:
    """What to write for each running job, by number: 1000 for the first victim, 0 for the last.

    Beside interactive jobs, which have 0, the last compiler has 600.

    The kernel adds its own score to it, which is at most 1000 for a process with all the memory;
    with up to 20 jobs the order holds nearly always, with more it holds in the main.
    """
    jobs = list(running)
    spared = {job.number for job in jobs if job.interactive}
    order = [number for number in kill_order(jobs) if number not in spared]
    last, span = max(1, len(order) - 1), MOST - (ABOVE_INTERACTIVE if spared else 0)
    scores = {number: MOST - span * place // last for place, number in enumerate(order)}
    return {**scores, **dict.fromkeys(spared, 0)}

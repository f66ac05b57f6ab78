"""Whom the kernel kills when the slice is full: the job with the least work lost."""

from __future__ import annotations

from collections.abc import Iterable

from rocqshim.admission.model import Running

# oom_badness() counts thousandths of the slice. So the youngest is taken first, unless another has
# more than it by 6/10 of the slice: where one job takes all there is, to kill small young ones
# would free nothing, and the large one would be next.
SPAN = 600
MOST = 700  # oom_score_adj of the first victim; the last has 100, to go before the desktop
# The first victim's beside a job before which somebody sits, which has 0: a compiler is taken
# first unless it has less than that one by 4/10 of the slice, the youngest in any case.
BESIDE_INTERACTIVE = 1000


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
    """What to write for each running job, by number: 700 for the first victim, 100 for the last.

    Beside interactive jobs, which have 0, it is 1000 and 400. The kernel adds its own score to it.
    """
    jobs = list(running)
    spared = {job.number for job in jobs if job.interactive}
    order = [number for number in kill_order(jobs) if number not in spared]
    last, most = max(1, len(order) - 1), BESIDE_INTERACTIVE if spared else MOST
    scores = {number: most - SPAN * place // last for place, number in enumerate(order)}
    return {**scores, **dict.fromkeys(spared, 0)}

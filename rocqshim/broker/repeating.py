"""A job that ran out of memory is repeated: whether, how, and what is cleared away before."""

from __future__ import annotations

import contextlib

from rocqshim.admission.again import Again
from rocqshim.broker.aside import TooSlow
from rocqshim.broker.ending import Ended, Judged
from rocqshim.broker.running import Asked
from rocqshim.history import BLAME
from rocqshim.outputs import compiles, remove_written
from rocqshim.verdict import OUT_OF_MEMORY

# Rocq's own settings are s=32M,o=120 (sysinit/coqinit.ml), and it applies none of them where the
# variable is set, to whatever: so what is to stay has to be said. 94 to 213 MB less for each file.
LEAN = "s=4M,o=120"
VARIABLE = "OCAMLRUNPARAM"
CHECKS = ("check", "native")  # kinds that only read finished .vo files, or compile them


async def repeat(ended: Ended, judged: Judged) -> Again | None:
    """Decide; queues the job again if so, and removes what the failed attempt has written.

    Never without its launcher, after ``rocqshim stop`` or a Ctrl-C, for an end that no counter
    explains, for ``rocqshim blame``, which wants to see just that end, or for what may have read
    its stdin or done something that a compile does not: a toplevel, an editor's server, any other
    program.
    """
    job, queue = ended.job, ended.project.queue
    is_proven = judged.verdict.word in OUT_OF_MEMORY
    is_wanted = ended.status is not None and not job.cancelled_by and not ended.signal
    if not is_proven or not is_wanted or not queue.runs(job.ticket):
        return None
    if job.build.name.startswith(BLAME) or not _is_repeatable(job.asked):
        return None
    how = queue.killed(job.ticket, judged.verdict.word, judged.had)
    if how is None:
        return None
    if how.lean and not may_be_lean(ended):
        queue.leave(job.ticket)
        return None
    job.place.kill()
    await _clear_away(ended)
    return how


async def _clear_away(ended: Ended) -> None:
    job, asked = ended.job, ended.job.asked
    if asked.is_unlike:
        return  # its launcher does it
    with contextlib.suppress(TooSlow):
        await ended.project.aside.do(
            lambda: remove_written(asked.cwd, asked.words, asked.file, asked.kind, job.started_ns)
        )


def _is_repeatable(asked: Asked) -> bool:
    return asked.kind in CHECKS or compiles(asked.words, asked.file, asked.kind)


def may_be_lean(ended: Ended) -> bool:
    """Whether the minor heap is ours to choose: a user's own OCAMLRUNPARAM stays as it is."""
    return VARIABLE not in ended.job.asked.environ


def environment(lean: bool) -> str:
    """What is added to the environment of the compiler, ``NAME=VALUE`` a line."""
    return f"{VARIABLE}={LEAN}" if lean else ""

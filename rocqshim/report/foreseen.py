"""How long a build takes in another world: by the simulator, or by the queue alone if it is large.

The simulator learns, plans, predicts, and kills; it takes 0.2 ms for each file. The queue alone
takes a tenth of that, and is as exact for a build of which all is known. Pure.
"""

from __future__ import annotations

from rocqshim.admission.model import Room
from rocqshim.admission.plan import Foresight
from rocqshim.simulate.build import World, lean_peak
from rocqshim.simulate.compare import known, simulate
from rocqshim.simulate.trace import Trace

LARGE = 500  # files


def foreseen(trace: Trace, world: World) -> tuple[float, list[str]]:
    """Seconds, and the files for which memory is not enough; the build would fail of them."""
    if len(trace.files) > LARGE:
        return _by_queue(trace, world)
    outcome = simulate(trace, world)
    return outcome.makespan, outcome.failed


def _by_queue(trace: Trace, world: World) -> tuple[float, list[str]]:
    limit = world.memory_max
    if limit is not None and (failed := [f.file for f in trace.files if lean_peak(f.peak) > limit]):
        return 0.0, failed
    foresight = Foresight(known(trace.files), Room(limit, world.cores, world.jobs))
    return foresight.forwards(foresight.paths()).makespan, []

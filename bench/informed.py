"""What a first build can reach at best: ours, beside a scheduler that is told more.

`python bench/informed.py [FILES] [SEED]`. The informed one knows which peaks the build has, but not
which file has which, and sees at once what a running job will need. The share of its guesses that
may be too low is the one of SHARES that was the best for the build, in hindsight, with at most 2 %
of the jobs repeated. Memory constant in a job, so that both see the same.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product

from measure import amount
from simulate import CORES, memory_of, spread
from traces import NEEDS, SHAPES, make_trace

from rocqshim.admission.admit import Admission
from rocqshim.prediction.growth import Course
from rocqshim.prediction.learned import Learned
from rocqshim.prediction.model import Prediction, Subject
from rocqshim.simulate.build import Build, Outcome, World
from rocqshim.simulate.compare import compare
from rocqshim.simulate.trace import Trace

SHARES = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3)
REPEATED = 0.02  # of the jobs, at most
SLOW = 1.25  # of the oracle
LEVELS = ("tight", "middle")
Case = tuple[str, str, str, int]


class Informed(Learned):
    """Predicts from the true peaks of all files. share: of the guesses that may be too low."""

    def __init__(self, trace: Trace, share: float) -> None:
        super().__init__()
        peaks = sorted(file.peak for file in trace.files)
        self._guess = peaks[min(len(peaks) - 1, int((1 - share) * len(peaks)))]
        self._true = {file.file: file.peak for file in trace.files}
        self._repeated: set[str] = set()

    def killed(self, subject: Subject, wanted: int) -> None:
        """It is repeated with what it truly needs."""
        self._repeated.add(subject.file)

    def predict(self, subject: Subject) -> Prediction:
        """The same for all, but for those that are repeated."""
        again = subject.file in self._repeated
        peak = self._true[subject.file] if again else self._guess
        return Prediction(peak, None, "project", "It is told.")

    def reservation(self, prediction: Prediction, use: int, course: Course) -> int:
        """What it uses is what it needs."""
        return use


def informed(trace: Trace, world: World, share: float) -> Outcome:
    """One build."""
    admission = Admission(Informed(trace, share))
    for file in trace.files:
        admission.graph.learn(file.file, file.deps)
    return Build(trace.files, [Subject(f.file) for f in trace.files], admission, world).run()


def ratios(case: Case, files: int, seed: int) -> tuple[float, float]:
    """Makespan over the oracle: ours, and the informed one's."""
    shape, needs, level, cores = case
    trace = make_trace(shape, needs, files, seed)
    world = World(memory_of(trace, level, cores), cores)
    found = compare(trace, world, cold=True)
    told = [informed(trace, world, share) for share in SHARES]
    best = min(one.makespan for one in told if len(one.repeated) <= REPEATED * files)
    return found.outcome.makespan / found.oracle, best / found.oracle


def line(name: str, values: Sequence[float]) -> str:
    """Least, middle and greatest, and how many are slow."""
    slow = sum(value > SLOW for value in values)
    return f"  {name:8} {spread(values)}   over {SLOW}: {slow}/{len(values)}"


def main() -> None:
    """Print it all."""
    files = amount(60)
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print(f"first builds of {files} files, over the oracle: least, middle, greatest")
    for level in LEVELS:
        cases = list(product(SHAPES, NEEDS, (level,), CORES))
        with ProcessPoolExecutor() as pool:
            rows = list(pool.map(partial(ratios, files=files, seed=seed), cases, chunksize=8))
        print(level)
        print(line("ours", [ours for ours, _ in rows]))
        print(line("informed", [told for _, told in rows]))


if __name__ == "__main__":
    main()

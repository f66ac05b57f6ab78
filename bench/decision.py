"""The broker's decision: with 1,000 and 10,000 jobs that wait, from the end of one to the next.

The queue of the broker itself with a history of 2,000 files, in this process; nothing is started.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time

from measure import amount

from rocqshim.admission.model import Room
from rocqshim.broker.queue import Queue
from rocqshim.prediction.model import Record, Subject

GIB = 1 << 30
KNOWN = 2_000  # files that were built before
RUNNING = 128
ENDS = amount(300)


def main() -> None:
    """Print the median and the worst time of each kind of decision, in ms of processor time."""
    for waiting in (1_000, 10_000):
        asyncio.run(_measure(waiting))


async def _measure(waiting: int) -> None:
    chance = random.Random(1)
    queue = Queue(lambda: Room(512 * GIB, RUNNING))
    queue.share(512 * GIB)
    subjects = [_subject(number) for number in range(waiting + RUNNING)]
    for subject in subjects:
        queue.admission.graph.learn(subject.file, [_name(chance.randrange(KNOWN))])
    for subject in subjects[:KNOWN]:
        queue.admission.learned.learn(_record(subject, chance))
    arrivals = [_timed(queue.enter, number, each) for number, each in enumerate(subjects)]
    ends = []
    for _ in range(ENDS):
        number = next(iter(queue.admission.queue.running))
        record = _record(subjects[number], chance)
        began = time.process_time()
        queue.learn(number, record)
        queue.leave(number)
        ends.append((time.process_time() - began) * 1000)
    looks = [_timed(queue.look, number, GIB) for number in queue.admission.queue.running]
    left = len(queue.waiting())
    print(f"decision  {left:6} waiting: {_told('arrival', arrivals)}; {_told('end', ends)}")
    print(f"          {'':6}          {_told('look at one that runs', looks)}")


def _timed(action: object, *words: object) -> float:
    began = time.process_time()
    action(*words)  # type: ignore[operator]
    return (time.process_time() - began) * 1000


def _told(what: str, times: list[float]) -> str:
    high = statistics.quantiles(times, n=100)[98]
    return f"{what} {statistics.median(times):.2f} ms, 99 % {high:.2f}, worst {max(times):.1f}"


def _name(number: int) -> str:
    return f"/p/theories/dir{number % 40}/File{number}.v"


def _subject(number: int) -> Subject:
    return Subject(_name(number), digest=f"{number:016x}", compiler="coqc", loads=number * 1000)


def _record(subject: Subject, chance: random.Random) -> Record:
    peak = int(chance.lognormvariate(0, 0.8) * GIB)
    return Record(subject, peak, chance.uniform(1, 100), True, (peak // 4, peak // 2, peak))


if __name__ == "__main__":
    main()

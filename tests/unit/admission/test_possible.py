"""Whatever happens to the jobs of a slice: what is promised is there, and somebody goes on."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.admission.admit import Admission
from rocqshim.admission.model import Room
from rocqshim.prediction.learned import Learned
from rocqshim.prediction.model import AGES, Record, Subject

M = 2**20
# What happens next, to which of those that run, and bytes.
steps = st.tuples(
    st.sampled_from(["ask", "ask", "look", "look", "end", "kill"]),
    st.integers(0, 50),
    st.sampled_from([0, 1, 16_384, 60 * M, 337 * M]) | st.integers(0, 4000 * M),
)


class World:
    """A slice in which things happen. memory: bytes for its jobs."""

    def __init__(self, memory: int) -> None:
        self.memory, self.room, self.now = memory, Room(memory, 4), 0.0
        self.admission = Admission(Learned(memory))
        self.asked = 0

    def happen(self, what: str, which: int, size: int) -> None:
        self.now += 0.3
        running = list(self.admission.queue.running)
        if what == "ask":
            self.asked += 1
            self.admission.ask(self.asked, Subject(f"d{which % 3}/F{which}.v", loads=which * M))
        elif running:
            self.go_on(what, running[which % len(running)], size)
        while self.admission.start(self.room, self.now):
            pass

    def go_on(self, what: str, number: int, size: int) -> None:
        use = min(size, self.memory)
        if what == "look":
            self.admission.look(number, use, self.now)
        elif what == "kill":
            self.admission.killed(number, "oom-slice", use, self.room)
        else:
            job = self.admission.jobs[number]
            course = tuple(job.course.get(at, 0) for at in range(len(AGES)))
            self.admission.end(number, Record(job.subject, use, 1.0, True, course))


@settings(deadline=None)
@given(st.lists(steps, max_size=80), st.integers(100 * M, 16_000 * M))
def test_what_is_promised_is_there(happens: list[tuple[str, int, int]], memory: int) -> None:
    world = World(memory)
    for what, which, size in happens:
        world.happen(what, which, size)
        queue = world.admission.queue

        assert all(job.prediction.peak <= memory for job in world.admission.jobs.values())
        assert all(run.reservation <= max(memory, run.use) for run in queue.running.values())
        assert all(queue.waiting.get(n).peak <= memory for n in queue.waiting.numbers())
        assert queue.running or not queue.waiting.numbers()

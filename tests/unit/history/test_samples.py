"""A build over time, and what is dropped so that the history stays of a bounded size."""

from __future__ import annotations

from dataclasses import replace

from rocqshim.history import Sample
from rocqshim.history.prune import bound, size_in_use

from .support import BUILD, JOB, opened

SAMPLE = Sample(
    build=BUILD,
    root=JOB.root,
    time=1700000000.0,
    memory=3 * 2**30,
    memory_max=6 * 2**30,
    reserved=4 * 2**30,
    cpu=12.5,
    read=4096,
    written=0,
    cores=4,
    cpu_quota=400,
    tasks=17,
    memory_pressure=0.5,
    cpu_pressure=20.0,
    running=2,
    waiting=1,
    blocked="memory",
    jobs='[["a.v", 123, 1]]',
)


def test_samples_come_back_in_order_of_time(path: str) -> None:
    history = opened(path)
    later = replace(SAMPLE, time=SAMPLE.time + 1, memory_max=None, cpu=None)
    for sample in (later, SAMPLE, replace(SAMPLE, build="b"), replace(SAMPLE, root="/x")):
        history.record_sample(sample)

    assert history.samples_of_build(BUILD, JOB.root) == [SAMPLE, later]


def test_every_second_one_goes(path: str) -> None:
    history = opened(path)
    for number in range(11):
        history.record_sample(replace(SAMPLE, time=float(number)))
    history.record_sample(replace(SAMPLE, build="b"))

    history.halve_samples(BUILD, JOB.root)

    assert [each.time for each in history.samples_of_build(BUILD, JOB.root)] == [0, 2, 4, 6, 8, 10]
    assert history.samples_of_build("b", JOB.root)


def test_a_build_is_dropped_with_all_that_it_has(path: str) -> None:
    history = opened(path)
    for build in ("a", "b"):
        history.record(replace(JOB, build=build))
        history.record_sample(replace(SAMPLE, build=build))

    history.drop_builds(["a"])

    assert [row.build for row in history.builds(JOB.root, 9)] == ["b"]
    assert not history.samples_of_build("a", JOB.root)
    assert history.samples_of_build("b", JOB.root)


def test_a_history_that_is_too_large_loses_its_oldest_builds(path: str) -> None:
    history = opened(path)
    for number in range(10):
        history.record(replace(JOB, build=f"b{number}", started=float(number)))
    size = size_in_use(history.database)

    assert bound(history.database, size) == 0
    assert bound(history.database, size - 1) == 2
    assert [row.build for row in history.builds(JOB.root, 99)][-1] == "b2"


def test_a_build_of_which_no_job_has_ended(path: str) -> None:
    history = opened(path)
    new = replace(SAMPLE, build="new", time=SAMPLE.time - 5)  # the clock was set back
    for sample in (SAMPLE, new, replace(new, build="blame-1"), replace(SAMPLE, time=JOB.started)):
        history.record_sample(sample)

    assert history.jobless_build(JOB.root) == "new"
    assert history.jobless_build("/x") is None
    history.record(replace(JOB, build="new"))
    assert history.jobless_build(JOB.root) is None

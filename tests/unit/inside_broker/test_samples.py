"""What a build is said to have had: one count, from which its peak and its samples are taken."""

from __future__ import annotations

from rocqshim.broker.build import Build
from rocqshim.broker.samples import has_had

G = 1 << 30


def test_the_jobs_of_a_sample_are_those_of_the_moment_that_showed_most() -> None:
    """One that has ended since, or that began later, is no page cache."""
    build = Build("b")
    has_had(build, 3 * G, [("a.v", 2 * G, 1), ("b.v", G, 1)])
    has_had(build, 2 * G, [("a.v", 2 * G, 1), ("c.v", 0, 1)])

    assert build.course.memory == 3 * G
    assert build.course.held == [("a.v", 2 * G, 1), ("b.v", G, 1)]


def test_what_the_kernel_has_counted_between_two_looks_is_the_peak_alone() -> None:
    build = Build("b")
    has_had(build, 2 * G, [("a.v", 2 * G, 1)])
    has_had(build, 5 * G)

    assert (build.peak, build.course.peak) == (5 * G, 5 * G)
    assert (build.course.memory, build.course.held) == (2 * G, [("a.v", 2 * G, 1)])


def test_a_job_that_ended_before_any_look_is_seen_at_its_end() -> None:
    build = Build("b")
    has_had(build, G, [("short.v", G, 1)])

    assert build.course.held == [("short.v", G, 1)]
    assert build.peak == G

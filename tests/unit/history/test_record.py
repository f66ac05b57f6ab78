"""The history keeps what it was given."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import fields, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.history import FILE, STEPS, History, JobRecord

from .support import BUILD, JOB, opened


def test_what_is_recorded_is_read_back(path: str) -> None:
    history = opened(path)
    later = replace(JOB, file="b.v", verdict="oom-slice", status=9)
    other = replace(JOB, build="another")
    unknown = replace(JOB, user=None, system=None, memory_peak=None, swap_peak=None, status=None)

    for job in (later, other, JOB, unknown):
        history.record(job)

    assert history.jobs_of_build(BUILD) == [later, JOB, unknown]
    assert history.jobs_of_build("nothing") == []
    assert history.problem is None


def test_it_is_still_there_the_next_time(path: str) -> None:
    history = opened(path)
    history.record(JOB)
    history.close()

    assert opened(path).jobs_of_build(BUILD) == [JOB]


def test_close_leaves_one_file(path: str) -> None:
    history = opened(path)
    history.record(JOB)
    history.close()
    history.close()

    assert os.listdir(os.path.dirname(path)) == [FILE]


def test_the_folder_is_private(path: str) -> None:
    opened(path)

    assert os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700


text = st.text(st.characters(codec=None, exclude_characters="\0"), max_size=20)


values = {
    "str": text,
    "str | None": st.none() | text,
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "float | None": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "int": st.integers(-(2**63), 2**63 - 1),
    "int | None": st.none() | st.integers(-(2**63), 2**63 - 1),
}


records = st.builds(
    JobRecord, **{field.name: values[str(field.type)] for field in fields(JobRecord)}
)


@settings(deadline=None)
@given(st.lists(records, max_size=5))
def test_every_record_comes_back_as_it_was(jobs: list[JobRecord]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        history = History.open(os.path.join(folder, FILE))
        for job in jobs:
            history.record(job)

        for build in {job.build for job in jobs}:
            assert history.jobs_of_build(build) == [job for job in jobs if job.build == build]
        assert history.problem is None
        history.close()


def test_a_file_name_that_is_no_utf8(path: str) -> None:
    job = replace(JOB, file="caf\udce9.v", build="b\udcff")
    history = opened(path)

    history.record(job)

    assert history.jobs_of_build("b\udcff") == [job]


def test_no_fsync_per_job_and_no_long_wait(path: str) -> None:
    opened(path)
    history = opened(path)
    assert history.database._db is not None

    def pragma(name: str) -> object:
        assert history.database._db is not None
        return history.database._db.execute(f"PRAGMA {name}").fetchone()[0]

    assert (pragma("journal_mode"), pragma("synchronous")) == ("wal", 1)
    assert pragma("busy_timeout") == 100
    assert pragma("user_version") == len(STEPS)


def test_two_brokers_write_side_by_side(path: str) -> None:
    first, second = opened(path), opened(path)

    for number in range(20):
        (first if number % 2 else second).record(replace(JOB, attempt=number))

    assert [job.attempt for job in first.jobs_of_build(BUILD)] == list(range(20))
    assert first.problem is second.problem is None


WRITER = """
import sys
from dataclasses import replace
from rocqshim.history import History
from tests.unit.history.support import JOB
history = History.open(sys.argv[1])
for number in range(1_000_000):
    history.record(replace(JOB, attempt=number))
    print(number, flush=True)
"""


def test_killed_in_the_middle_of_writing(path: str) -> None:
    root = Path(__file__).parents[3]
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True, cwd=root
        )
        assert writer.stdout
        for line in writer.stdout:
            if int(line) > 1500:  # past the first checkpoint
                writer.send_signal(signal.SIGKILL)
                break
        told = int((writer.stdout.read().split() or [line])[-1])
        writer.wait()
        history = opened(path)
        assert history.database._db is not None

        numbers = [job.attempt for job in history.jobs_of_build(BUILD)]

        assert history.database._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert numbers[-1] in (told, told + 1)
        assert numbers[numbers.index(0) :][:1500] == list(range(1500))
        history.close()

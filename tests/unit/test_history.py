"""The history keeps what it was given, and no trouble of its own reaches a build."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.history import FILE, STEPS, BuildRow, History, JobRecord, default_path

JOB = JobRecord(
    root="/home/u/proj",
    project="proj",
    slice="rocq-proj.slice",
    build="1700000000-4711",
    backend="systemd",
    file="theories/Big.v",
    kind="vo",
    compiler="/usr/bin/coqc",
    started=1700000000.25,
    waited=0.5,
    wall=12.75,
    user=11.5,
    system=0.25,
    memory_peak=4 * 2**30,
    swap_peak=0,
    verdict="success",
    status=0,
    memory_max=6 * 2**30,
    job_memory_max=None,
    attempt=1,
    version="0.1.0",
    compiler_id="/usr/bin/coqc 20183648 1700000000",
    source_size=1234,
    source_digest="9f86d081884c7d65",
    loaded_size=5 * 2**20,
    loads='["theories/Base.v"]',
    anon_peak=3 * 2**30,
    oom=0,
    oom_kill=0,
    oomd_kill=0,
    reservation=4 * 2**30,
    course="[1048576, 2097152]",
    lean=0,
)
BUILD = JOB.build


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A history in a folder that is not there yet."""
    return str(tmp_path / "state" / "rocqshim" / FILE)


def opened(path: str) -> History:
    history = History.open(path)
    assert history.problem is None
    return history


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
    "float": st.floats(allow_nan=False),
    "float | None": st.none() | st.floats(allow_nan=False),
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
    assert history._db is not None

    def pragma(name: str) -> object:
        assert history._db is not None
        return history._db.execute(f"PRAGMA {name}").fetchone()[0]

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
from tests.unit.test_history import JOB
history = History.open(sys.argv[1])
for number in range(1_000_000):
    history.record(replace(JOB, attempt=number))
    print(number, flush=True)
"""


def test_killed_in_the_middle_of_writing(path: str) -> None:
    root = Path(__file__).parents[2]
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
        assert history._db is not None

        numbers = [job.attempt for job in history.jobs_of_build(BUILD)]

        assert history._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert numbers[-1] in (told, told + 1)
        assert numbers[numbers.index(0) :][:1500] == list(range(1500))
        history.close()


def aside(path: str) -> list[str]:
    folder = os.path.dirname(path)
    return sorted(name for name in os.listdir(folder) if name.startswith(f"{FILE}.corrupt-"))


def test_a_file_that_is_no_database_is_set_aside(path: str) -> None:
    os.makedirs(os.path.dirname(path))
    Path(path).write_bytes(b"garbage " * 1000)

    history = History.open(path)
    history.record(JOB)

    assert history.problem
    assert "damaged" in history.problem
    (name,) = aside(path)
    assert name in history.problem
    assert Path(os.path.dirname(path), name).read_bytes() == b"garbage " * 1000
    assert history.jobs_of_build(BUILD) == [JOB]


def damaged(path: str) -> None:
    """A history whose pages, but for the first, are rubbish."""
    history = opened(path)
    for _ in range(200):
        history.record(JOB)
    history.close()
    size = os.path.getsize(path)
    with Path(path).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def test_damage_that_shows_only_when_a_job_is_recorded(path: str) -> None:
    damaged(path)
    history = opened(path)

    history.record(JOB)

    assert history.problem
    assert "damaged" in history.problem
    assert len(aside(path)) == 1
    assert history.jobs_of_build(BUILD) == [JOB]


def test_reading_sets_nothing_aside(path: str) -> None:
    damaged(path)  # its writer may be at work
    history = opened(path)

    assert history.jobs_of_build(BUILD) == []
    assert history.problem
    assert aside(path) == []


def test_the_log_that_another_broker_holds_goes_with_the_damaged_file(path: str) -> None:
    damaged(path)
    holder = opened(path)
    assert holder._db is not None
    holder._db.execute(f"PRAGMA user_version = {len(STEPS)}")  # to the log, which now has an owner

    history = opened(path)
    history.record(JOB)

    assert {name.removeprefix(aside(path)[0]) for name in aside(path)} == {"", "-wal", "-shm"}
    assert history.jobs_of_build(BUILD) == [JOB]


def test_a_newer_rocqshims_file_is_left_alone(path: str) -> None:
    history = opened(path)
    history.record(JOB)
    history.close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    db.close()
    before = Path(path).read_bytes()

    history = History.open(path)
    history.record(JOB)

    assert history.problem
    assert "newer rocqshim" in history.problem
    assert history.jobs_of_build(BUILD) == []
    assert Path(path).read_bytes() == before
    assert aside(path) == []


@pytest.mark.parametrize("place", ["/proc/rocqshim", "/dev/null", "/proc/self/mem"])
def test_a_place_where_nothing_can_be_made(place: str) -> None:
    history = History.open(f"{place}/{FILE}")
    history.record(JOB)

    assert history.problem
    assert history.problem.startswith(f"The history {place}/{FILE} cannot be written: ")
    assert "ROCQSHIM_STATE" in history.problem
    assert history.jobs_of_build(BUILD) == []
    history.close()


def test_a_folder_of_that_name(path: str) -> None:
    os.makedirs(path)

    history = History.open(path)
    history.record(JOB)

    assert history.problem
    assert os.path.isdir(path)


def test_a_full_disk_and_room_again(path: str) -> None:
    history = opened(path)
    assert history._db is not None
    history._db.execute("PRAGMA max_page_count = 3")
    for _ in range(100):
        history.record(JOB)

    assert history.problem
    assert "full. Make room" in history.problem
    recorded = len(history.jobs_of_build(BUILD))

    history._db.execute("PRAGMA max_page_count = 1000000")
    history.record(JOB)
    assert 0 < recorded < 100
    assert len(history.jobs_of_build(BUILD)) == recorded + 1


def test_a_failing_disk(path: str) -> None:
    code = (
        "import resource, sys; from rocqshim.history import History\n"
        "from tests.unit.test_history import JOB\n"
        "history = History.open(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40000, 40000))\n"
        "for _ in range(500): history.record(JOB)\n"
        "print(history.problem)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert "cannot be written: " in done.stdout
    assert not done.stderr
    assert opened(path).jobs_of_build(BUILD)


def test_a_writer_that_does_not_let_go(path: str) -> None:
    history = opened(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    history.record(JOB)
    assert history.problem
    assert "locked. Close the program" in history.problem

    holder.execute("COMMIT")
    holder.close()
    history.record(JOB)
    assert history.jobs_of_build(BUILD) == [JOB]


def test_a_place_that_is_mended_while_the_broker_lives(path: str, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    history = History.open(path)
    assert history.problem

    (tmp_path / "state").unlink()
    history.record(JOB)

    assert history.jobs_of_build(BUILD) == [JOB]


def test_the_first_problem_is_the_one_that_is_told(path: str) -> None:
    history = History.open("/dev/null/x")
    first = history.problem
    history.path = path
    history.record(replace(JOB, memory_peak=2**63))

    assert first
    assert history.problem == first


def test_a_number_that_does_not_fit(path: str) -> None:
    history = opened(path)

    history.record(replace(JOB, memory_peak=2**63))

    assert history.problem


def test_a_database_half_made_is_made_again(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rocqshim.history.STEPS", ("CREATE TABLE jobs (a); nonsense",))
    broken = History.open(path)
    assert broken.problem
    monkeypatch.undo()

    history = opened(path)
    history.record(JOB)

    assert history.jobs_of_build(BUILD) == [JOB]


def first_version(path: str, *files: str) -> None:
    """A history as the first schema's rocqshim left it."""
    os.makedirs(os.path.dirname(path))
    with sqlite3.connect(path) as db:
        db.executescript(STEPS[0])
        names = [row[1] for row in db.execute("PRAGMA table_info(jobs)")]
        for file in files:
            row = [getattr(replace(JOB, file=file), name) for name in names]
            db.execute(f"INSERT INTO jobs VALUES ({', '.join('?' * len(row))})", row)
        db.execute("PRAGMA user_version = 1")
    db.close()


ADDED = dict.fromkeys(
    "compiler_id source_size source_digest loaded_size loads anon_peak oom oom_kill oomd_kill "
    "reservation course lean".split()
)


def test_a_file_of_the_first_schema_is_brought_up_to_date(path: str) -> None:
    first_version(path, "a.v", "b.v")

    history = opened(path)
    history.record(JOB)

    old = [replace(JOB, file=file, **ADDED) for file in ("a.v", "b.v")]
    assert history.jobs_of_build(BUILD) == [*old, JOB]
    assert history.problem is None


def test_a_migration_that_breaks_off_leaves_the_file_as_it_was(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_version(path, "a.v")
    monkeypatch.setattr("rocqshim.history.STEPS", (STEPS[0], f"{STEPS[1]}; nonsense"))
    assert History.open(path).problem
    monkeypatch.undo()

    history = opened(path)

    assert history.jobs_of_build(BUILD) == [replace(JOB, file="a.v", **ADDED)]


MIGRATOR = """
import os, sys
import rocqshim.history as history
steps = history.STEPS
def dying(db):
    for number, statement in enumerate(filter(str.strip, steps[1].split(";"))):
        if number == int(sys.argv[2]):
            os.kill(os.getpid(), 9)
        db.execute(statement)
history._migrate = dying
history.History.open(sys.argv[1])
"""


@pytest.mark.parametrize("statements", [1, 5, 11])
def test_killed_in_the_middle_of_a_migration(path: str, statements: int) -> None:
    first_version(path, "a.v")
    command = [sys.executable, "-c", MIGRATOR, path, str(statements)]
    assert subprocess.run(command, cwd=Path(__file__).parents[2], check=False).returncode == -9

    history = opened(path)

    assert history.jobs_of_build(BUILD) == [replace(JOB, file="a.v", **ADDED)]


def test_two_migrate_at_once(path: str) -> None:
    first_version(path, "a.v")
    code = (
        "import sys; from rocqshim.history import History; print(History.open(sys.argv[1]).problem)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, path],
            cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip

    assert [process.communicate()[0] for process in processes] == ["None\n"] * 4
    assert len(opened(path).jobs_of_build(BUILD)) == 1


def test_what_a_file_needed_before(path: str) -> None:
    history = opened(path)
    for number in range(5):
        history.record(replace(JOB, started=JOB.started + number, attempt=number))
    others = {"root": "/x", "file": "b.v", "kind": "vos"}
    for name, value in others.items():
        history.record(replace(JOB, started=JOB.started + 9, **{name: value}))

    found = history.jobs_of_file(JOB.root, JOB.file, JOB.kind, 3)

    assert [job.attempt for job in found] == [4, 3, 2]
    assert history.jobs_of_file("/nowhere", JOB.file, JOB.kind, 3) == []


def test_the_builds_of_a_project(path: str) -> None:
    history = opened(path)
    history.record(replace(JOB, build="first", started=10, wall=5))
    history.record(replace(JOB, build="second", started=30, wall=5, verdict="oom-slice"))
    history.record(replace(JOB, build="second", started=20, wall=50, attempt=2))
    history.record(replace(JOB, build="elsewhere", root="/x"))

    assert history.builds(JOB.root, 9) == [
        BuildRow("second", 20, 70, 2, 1, 1),
        BuildRow("first", 10, 15, 1, 0, 0),
    ]
    assert [row.build for row in history.builds(JOB.root, 1)] == ["second"]


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda history: history.jobs_of_file("/p", "f", "vo", 9), "jobs_by_file"),
        (lambda history: history.jobs_of_project("/p", 9), "jobs_by_start"),
    ],
)
def test_what_predicts_is_found_by_an_index(
    path: str, ask: Callable[[History], object], index: str
) -> None:
    """100,000 rows: neither a scan of the table nor a sort."""
    history = opened(path)
    assert history._db is not None
    statements: list[str] = []
    history._db.set_trace_callback(statements.append)
    ask(history)
    history._db.set_trace_callback(None)

    (statement,) = statements
    plan = [row[3] for row in history._db.execute(f"EXPLAIN QUERY PLAN {statement}")]

    assert len(plan) == 1
    assert index in plan[0]


def test_an_older_file_gets_the_steps_that_it_lacks(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = opened(path)
    history.record(JOB)
    history.close()
    monkeypatch.setattr("rocqshim.history.STEPS", (*STEPS, "ALTER TABLE jobs ADD extra"))

    history = opened(path)
    history.record(JOB)

    assert history.jobs_of_build(BUILD) == [JOB, JOB]
    assert history._db is not None
    assert history._db.execute("SELECT extra FROM jobs").fetchall() == [(None,), (None,)]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"ROCQSHIM_STATE": "/s", "XDG_STATE_HOME": "/x", "HOME": "/h"}, f"/s/{FILE}"),
        ({"XDG_STATE_HOME": "/x", "HOME": "/h"}, f"/x/rocqshim/{FILE}"),
        ({"XDG_STATE_HOME": "", "HOME": "/h"}, f"/h/.local/state/rocqshim/{FILE}"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, f"/h/.local/state/rocqshim/{FILE}"),
        ({"HOME": "/h"}, f"/h/.local/state/rocqshim/{FILE}"),
    ],
)
def test_where_it_lives(environ: dict[str, str], expected: str) -> None:
    assert default_path(environ) == expected


def test_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_path({}).endswith(f"/.local/state/rocqshim/{FILE}")

    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)
    assert default_path({}) == f"/nonexistent/.local/state/rocqshim/{FILE}"

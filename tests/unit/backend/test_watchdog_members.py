"""Who belongs to which job, on a /proc of our own making."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from rocqshim.backend import processes
from rocqshim.backend.watch_members import FULL_EVERY, Members

SLICE = "rocq-foo.slice"


class FakeProc:
    """A /proc in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(
        self,
        pid: int,
        parent: int = 1,
        start: int = 100,
        job: str = "",
        name: str = "coqc",
        state: str = "S",
        threads: int = 1,
    ) -> None:
        """Add a process, or change it."""
        folder = self.root / str(pid)
        folder.mkdir(exist_ok=True)
        beside = " ".join(["0"] * 15)
        stat = f"{pid} ({name}) {state} {parent} {beside} {threads} 0 {start} " + "0 " * 30
        (folder / "stat").write_text(stat + "\n")
        marker = f"ROCQSHIM_JOB={job}\0" if job else ""
        (folder / "environ").write_text(f"X=ROCQSHIM_JOB=no\0{marker}")

    def remove(self, pid: int) -> None:
        """Let a process be gone."""
        for file in (self.root / str(pid)).iterdir():
            file.unlink()
        (self.root / str(pid)).rmdir()


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeProc:
    (tmp_path / "meminfo").touch()  # /proc has more than processes
    monkeypatch.setattr(processes, "PROC", str(tmp_path))
    fake = FakeProc(tmp_path)
    fake.add(1, parent=0, start=0, name="init")
    return fake


def found(members: Members, full: bool = False) -> dict[str, list[int]]:
    return {job: [each.process.pid for each in facts] for job, facts in members.look(full).items()}


def test_descendants_belong_to_the_job_whatever_their_numbers(proc: FakeProc) -> None:
    members = Members(SLICE)
    proc.add(500)
    members.add(processes.Process(500, 100), "job-1")
    # the numbers have wrapped around: the grandchild has the lowest
    proc.add(400, parent=500)
    proc.add(300, parent=400)
    proc.add(600, parent=1)

    assert found(members) == {"job-1": [300, 400, 500]}


def test_a_process_that_was_seen_remains_when_its_parents_go(proc: FakeProc) -> None:
    members = Members(SLICE)
    proc.add(500)
    proc.add(501, parent=500)
    members.add(processes.Process(500, 100), "job-1")
    found(members)
    proc.remove(500)
    proc.add(501, parent=1)

    assert found(members) == {"job-1": [501]}


def test_an_orphan_is_known_by_its_environment(proc: FakeProc) -> None:
    proc.add(500, job=f"{SLICE}/job-7")
    proc.add(501, job="rocq-other.slice/job-7")
    proc.add(502, job="rocq-foo.slice.more/job-7")
    proc.add(503, parent=500)

    assert found(Members(SLICE)) == {"job-7": [500, 503]}


def test_an_unreadable_environment_is_no_error(proc: FakeProc) -> None:
    proc.add(500)
    proc.add(501, parent=500)
    proc.add(502, parent=1)
    (proc.root / "502" / "environ").unlink()
    (proc.root / "502" / "environ").symlink_to("environ")  # ELOOP, an OSError like any other
    members = Members(SLICE)
    members.add(processes.Process(500, 100), "job-1")

    assert found(members) == {"job-1": [500, 501]}


def test_out_of_file_descriptors_nobody_is_taken_for_gone(
    proc: FakeProc, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = Members(SLICE)
    proc.add(500)
    members.add(processes.Process(500, 100), "job-1")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as short, pytest.raises(OSError, match="Too many"):
        short.setattr(processes, "open", refuse, raising=False)
        members.look()

    assert found(members) == {"job-1": [500]}


def test_other_users_processes_have_no_marker(
    proc: FakeProc, monkeypatch: pytest.MonkeyPatch
) -> None:
    proc.add(500, job=f"{SLICE}/job-7")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

    assert found(Members(SLICE)) == {}


def test_jobs_of_a_broker_at_another_place_are_not_ours(proc: FakeProc) -> None:
    proc.add(500, job=f"{SLICE}/job-7@/run/theirs.sock")
    proc.add(501, job=f"{SLICE}/job-7@/run/ours.sock")

    assert found(Members(SLICE, "/run/ours.sock")) == {"job-7": [501]}
    assert found(Members(SLICE)) == {}


def test_a_number_that_is_used_again_is_another_process(proc: FakeProc) -> None:
    members = Members(SLICE)
    proc.add(500)
    members.add(processes.Process(500, 100), "job-1")
    assert found(members) == {"job-1": [500]}
    proc.add(500, start=200, name="sshd")

    assert found(members) == {}


def test_the_child_of_a_number_that_is_used_again_is_a_stranger(proc: FakeProc) -> None:
    members = Members(SLICE)
    proc.add(500)
    members.add(processes.Process(500, 100), "job-1")
    proc.add(500, start=200, name="sshd")
    proc.add(501, parent=500, start=201)

    assert found(members, full=True) == {}


def test_a_child_older_than_its_parent_is_a_stranger(proc: FakeProc) -> None:
    # 501 was there first; its parent went, and the number 500 has come to one of ours
    members = Members(SLICE)
    proc.add(500, start=200)
    members.add(processes.Process(500, 200), "job-1")
    proc.add(501, parent=500, start=50)

    assert found(members) == {"job-1": [500]}


def test_a_stranger_whose_number_becomes_one_of_ours_is_found_before_long(
    proc: FakeProc,
) -> None:
    members = Members(SLICE)
    proc.add(500, name="bash")
    assert found(members) == {}
    proc.add(500, start=200, job=f"{SLICE}/job-1")

    looks = [found(members) for _ in range(FULL_EVERY)]

    assert looks[-1] == {"job-1": [500]}


def test_zombies_are_gone_unless_another_thread_runs_on(proc: FakeProc) -> None:
    proc.add(500, job=f"{SLICE}/job-1", state="Z")
    proc.add(501, job=f"{SLICE}/job-2", state="Z", threads=3)

    assert found(Members(SLICE)) == {"job-2": [501]}


@pytest.mark.parametrize("name", ["a) Z 1 (", "(", ")", "a b", "", ") S 7 (\n"])
def test_a_name_may_hold_anything(proc: FakeProc, name: str) -> None:
    proc.add(500, parent=3, start=77, threads=4, name=name)

    facts = processes.facts_of(500)

    assert facts is not None
    assert (facts.process, facts.parent, facts.threads) == ((500, 77), 3, 4)
    assert not facts.is_gone


def test_strangers_are_read_once(proc: FakeProc) -> None:
    proc.add(500)
    members = Members(SLICE)
    found(members)
    (proc.root / "500" / "stat").write_text("broken")

    assert found(members) == {}


def test_two_that_claim_each_other_as_parent_end_the_search(proc: FakeProc) -> None:
    proc.add(500, parent=501)
    proc.add(501, parent=500)

    assert found(Members(SLICE)) == {}


def test_the_broker_itself_is_never_a_member(proc: FakeProc) -> None:
    proc.add(os.getpid(), job=f"{SLICE}/job-1")

    assert found(Members(SLICE)) == {}


def test_known_looks_at_processes_seen_before_only(proc: FakeProc) -> None:
    members = Members(SLICE)
    proc.add(500)
    assert members.known("job-1") == []
    members.add(processes.Process(500, 100), "job-1")
    proc.add(501, parent=500)
    assert [each.process.pid for each in members.known("job-1")] == [500]
    proc.add(500, start=200)
    assert members.known("job-1") == []


def test_a_new_process_that_has_ended_may_have_been_anybody(proc: FakeProc) -> None:
    """What it has started meanwhile is not in the list any more: look again."""
    members = Members(SLICE)
    members.look()
    assert not members.missed
    proc.add(500, state="Z")
    members.look()
    assert members.missed
    (proc.root / "501").mkdir()  # listed, and gone before it is read
    members.look()
    assert members.missed
    (proc.root / "501").rmdir()
    proc.add(502)
    members.look()
    assert not members.missed

"""The builds of one project in the history, as what a report is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rocqshim.errors import UserError
from rocqshim.history import ALL, History, JobRecord
from rocqshim.report.recorded import Recorded
from rocqshim.verdict import OUT_OF_MEMORY

LAST = "last"
PREVIOUS = "previous"
NONE = "No build of this project is recorded."
BUILD_IT = "Build it through rocq-exec first: rocqshim run -- make"
LIST_THEM = "The builds that there are: rocqshim history"
SEARCHED = 20  # earlier builds in which one to compare with is looked for
ALIKE = 0.5  # of the files of each of two builds that are compared, the other must have compiled


@dataclass(frozen=True)
class Builds:
    """The builds of the project in the folder ``root``. All methods raise UserError."""

    history: History
    project: str
    root: str

    def find(self, name: str) -> Recorded:
        """The build of this name; LAST is the newest."""
        found = self._recorded(self._newest() if name == LAST else name)
        if not found.rows and not found.samples:
            raise UserError(f"There is no build {name} of this project.", LIST_THEM)
        return found

    def before(self, build: Recorded) -> Recorded | None:
        """The newest earlier build that is about as large and compiled half of the same files.

        None if there is none. Three files alone are compiled otherwise than among three hundred.
        """
        files = _compiled(build.rows)
        least, most = max(1.0, ALIKE * len(files)), len(files) / ALIKE
        every = self.history.builds(self.root, ALL)
        names = [row.build for row in every]
        own = names.index(build.build) + 1 if build.build in names else 0
        # Not read: those of one file at a time, of which there may be hundreds.
        alike = [
            row.build
            for row in every[own:]
            if row.counts.jobs >= least and row.counts.files <= most
        ]
        for name in alike[:SEARCHED]:
            found = self._recorded(name)
            compiled = _compiled(found.rows)
            if len(files & compiled) >= least and len(compiled) <= most:
                return found
        self.check()
        return None

    def is_newest(self, build: Recorded) -> bool:
        """Whether no job of another was recorded after its last."""
        newest = self.history.builds(self.root, 1)
        self.check()
        return [row.build for row in newest] == [build.build]

    def newer_without_job(self, build: Recorded) -> str | None:
        """The name of a build that was begun later, and of which no job has ended yet."""
        found = self.history.jobless_build(self.root)
        return found if found != build.build else None

    def _newest(self) -> str:
        newest = self.history.builds(self.root, 1)
        self.check()
        if not newest:
            raise UserError(NONE, BUILD_IT)
        return newest[0].build

    def _recorded(self, name: str) -> Recorded:
        rows = [row for row in self.history.jobs_of_build(name) if row.root == self.root]
        samples = self.history.samples_of_build(name, self.root)
        needed = self._needed({row.file for row in rows if row.verdict in OUT_OF_MEMORY})
        self.check()
        return Recorded(self.project, self.root, name, rows, samples, needed=needed)

    def _needed(self, files: set[str]) -> dict[str, int]:
        """What each of these files needed when it was last compiled well, as far as known."""
        found = {}
        for file in files:
            made = self.history.attempts_at(self.root, file, SEARCHED)
            good = [row.anon_peak for row in made if row.verdict == "success" and row.anon_peak]
            if good:
                found[file] = good[0]
        return found

    def check(self) -> None:
        """See that the history could be read."""
        if self.history.problem:
            fact, _, hint = self.history.problem.partition(". ")
            raise UserError(f"{fact}.", hint)


def _compiled(rows: Sequence[JobRecord]) -> set[tuple[str, str]]:
    return {(row.file, row.kind) for row in rows if row.verdict == "success"}

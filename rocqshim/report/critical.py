"""The critical path of a build: the chain of files that no number of cores makes shorter. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rocqshim.admission.critical_path import remaining_paths, users_of
from rocqshim.report.jobs import Entry, is_compiled, last_attempts, of_build, seconds_of


def critical(jobs: Sequence[Entry]) -> list[Entry]:
    """The entries on the path, first to last; of a file that was repeated the last attempt.

    Builds that make no .vo (only .vos, or checks) are taken as a whole.
    """
    last = last_attempts(of_build(jobs))
    found = [job for job in last if is_compiled(job)] or last
    longest = {job["file"]: job for job in sorted(found, key=seconds_of)}
    deps = {file: [d for d in job["deps"] if d in longest] for file, job in longest.items()}
    paths = remaining_paths(deps, lambda file: seconds_of(longest[file]))
    return [longest[file] for file in _chain(paths, users_of(deps))]


def _chain(paths: Mapping[str, float], users: Mapping[str, Sequence[str]]) -> list[str]:
    """From the file with the longest remaining path, always on to its user with the longest."""
    if not paths:
        return []
    chain = [max(paths, key=lambda file: paths[file])]
    while users[chain[-1]] and len(chain) < len(paths):  # as long as that only on a circle
        chain.append(max(users[chain[-1]], key=lambda file: paths[file]))
    return chain

"""How long the build takes at least from the start of each file on: its remaining path."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence


def remaining_paths(
    deps: Mapping[str, Collection[str]], seconds: Callable[[str], float]
) -> dict[str, float]:
    """Seconds of the longest chain of files that starts with each file, itself included.

    deps: for each file those that must be done before it; files that are only named there count
    too. seconds: how long a file takes. A circle (there is none in a build that works) is cut.
    """
    return _paths(_walk(deps), seconds)


def users_of(deps: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """For each file those that need it; every file that is named is a key."""
    users: dict[str, list[str]] = {file: [] for file in deps}
    for file, needs in deps.items():
        for need in needs:
            users.setdefault(need, []).append(file)
    return users


def topological(deps: Mapping[str, Collection[str]], users: Mapping[str, list[str]]) -> list[str]:
    """All files, each after those that it needs. Files on a circle come last, in any order."""
    open_needs = {file: len(deps.get(file, ())) for file in users}
    order = [file for file, count in open_needs.items() if not count]
    for file in order:  # grows while it is walked
        for user in users[file]:
            open_needs[user] -= 1
            if not open_needs[user]:
                order.append(user)
    done = set(order)
    return order + [file for file in users if file not in done]


FRESH = 0.1  # share of the files that must be new for all paths to be worked out anew


class Graph:
    """The part of the dependencies that is known so far, and the paths through it.

    Adding is cheap; the paths are worked out anew at the first question after enough has changed:
    where each file brings its own .d file, a walk over all for each would be quadratic.
    """

    def __init__(self) -> None:
        self.deps: dict[str, tuple[str, ...]] = {}
        self._walk: list[tuple[str, list[str]]] | None = None  # users before what they need
        self._paths: dict[str, float] | None = None
        self._news = 0  # files that are not on the walk as they are

    def learn(self, file: str, needs: Collection[str]) -> None:
        """A file's dependencies are known: from its .d file, or the history. Itself is left out."""
        known = tuple(dict.fromkeys(need for need in needs if need != file))
        if self.deps.get(file) != known:
            self.deps[file] = known
            self._news += 1
        if self._news > FRESH * len(self.deps):
            self._news = 0
            self._walk = self._paths = None

    def forget_paths(self) -> None:
        """Durations have changed. What is new meanwhile counts from now on, too."""
        self._paths = None
        if self._news:
            self._news, self._walk = 0, None

    def remaining(self, file: str, seconds: Callable[[str], float]) -> float:
        """Seconds from the start of ``file`` to the end of the build; its own if it is unknown."""
        if self._paths is None:
            self._walk = self._walk or _walk(self.deps)
            self._paths = _paths(self._walk, seconds)
        path = self._paths.get(file)
        return seconds(file) if path is None else path


def _walk(deps: Mapping[str, Collection[str]]) -> list[tuple[str, list[str]]]:
    users = users_of(deps)
    return [(file, users[file]) for file in reversed(topological(deps, users))]


def _paths(
    walk: Sequence[tuple[str, Sequence[str]]], seconds: Callable[[str], float]
) -> dict[str, float]:
    paths: dict[str, float] = {}
    for file, users in walk:
        after = 0.0
        for user in users:
            path = paths.get(user, 0.0)  # missing only on a circle
            after = max(after, path)
        paths[file] = seconds(file) + after
    return paths

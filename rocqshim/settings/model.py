"""The plain data that the settings are made of, after everything has been resolved.

Sizes are bytes, CPU is per cent of one core (2700 = 27 cores), as in systemd's CPUQuota=.
``None`` as a limit means ``infinity``: asked for, and no limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class By(Enum):
    """Who has set a value; asked of this, and never of an origin's words."""

    DEFAULT = "default"
    PROFILE = "profile"  # a built-in one; the lines of one's own are a person's
    FILE = "file"
    CAP = "cap"
    VARIABLE = "variable"


@dataclass(frozen=True)
class Origin:
    """Where a value was set: a file and line, or a name such as ``profile standard``.

    path: all of the file's path, for errors, where ``name`` is shorter.
    """

    name: str
    line: int | None = None
    by: By = By.FILE
    path: str = field(default="", compare=False)

    def __str__(self) -> str:
        return _at(self.name, self.line)

    @property
    def in_full(self) -> str:
        """As errors name it: the file with its folder."""
        return _at(self.path or self.name, self.line)

    @property
    def is_chosen(self) -> bool:
        """Whether a person has set it, and not the program."""
        return self.by not in (By.DEFAULT, By.PROFILE)


def _at(name: str, line: int | None) -> str:
    return f"{name}:{line}" if line else name


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One resolved value, the text it was written as, and its origin."""

    value: T
    text: str
    origin: Origin


@dataclass(frozen=True)
class FileRule:
    """One ``[[files]]`` rule: what is different for files that match the glob ``match``."""

    match: str
    job_memory_max: int | None
    expected_memory: int | None
    exclusive: bool
    origin: Origin
    # The keys that the rule sets, each with its origin: a key that is not here is left to the
    # rules before it, and ``None`` or False that is here was asked for.
    given: tuple[tuple[str, Origin], ...] = ()
    job_time_max: float | None = None


@dataclass(frozen=True)
class Machine:
    """What percentages are taken of.

    memory: bytes of RAM (MemTotal), or less. cores: processors that this process may run on, or
    keep busy, rounded up. cpu: per cent of one core that it may use, None for all of these.
    memory_by, cpu_by: the file with the limit that leaves less than the machine has, or "".
    """

    memory: int
    cores: int
    cpu: int | None = None
    memory_by: str = ""
    cpu_by: str = ""

    @property
    def per_cent(self) -> int:
        """Processor time, in per cent of one core."""
        return 100 * self.cores if self.cpu is None else self.cpu


@dataclass(frozen=True)
class Seen:
    """A file that was read, or looked for: the stamp tells whether it has changed since."""

    path: str
    stamp: tuple[int, int, int] | None  # st_mtime_ns, st_size, st_ino; None: not there

    def __str__(self) -> str:
        return f"{':'.join(map(str, self.stamp or ()))} {self.path}"


@dataclass(frozen=True)
class Settings:
    """Everything that one project asks for."""

    root: Path
    project: str
    profile: Setting[str]
    slice: Setting[str]
    memory_max: Setting[int | None]
    memory_high: Setting[int | None]
    memory_swap_max: Setting[int | None]
    cpu_quota: Setting[int | None]
    cpu_weight: Setting[int | None]
    io_weight: Setting[int | None]
    tasks_max: Setting[int | None]
    jobs: Setting[int | None]
    job_memory_max: Setting[int | None]
    job_time_max: Setting[float | None]  # seconds
    retries: Setting[int]
    compiler: Setting[str | None]
    enforce: Setting[str]
    backend: Setting[str]
    timed: Setting[bool]
    progress: Setting[bool]
    log: Setting[str | None]
    log_keep: Setting[int]
    stderr_logs: Setting[str | None]
    files: tuple[FileRule, ...]
    user_memory_max: Setting[int | None]  # [caps] of the user's config: bounds rocq.slice
    warnings: tuple[str, ...]
    seen: tuple[Seen, ...]
    caps: tuple[tuple[str, Setting[int | None]], ...] = ()  # by key, as in [caps]
    # The rule for each file that was asked about (settings.files): there may be thousands.
    rules: dict[str, FileRule | None] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

"""The table of all settings, as data: what each is called, reads, means and allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rocqshim.settings import names, quantity
from rocqshim.settings.model import Machine

Parser = Callable[[object, Machine], object]


@dataclass(frozen=True)
class Key:
    """One setting. ``profile``: a profile may set it; ``cap``: the user's ``[caps]`` may."""

    name: str
    parse: Parser
    help: str
    allowed: str
    profile: bool = False
    cap: bool = False

    @property
    def field(self) -> str:
        """The attribute of Settings and FileRule that holds it."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "ROCQSHIM_" + self.field.upper()


def _table(*keys: Key) -> dict[str, Key]:
    return {key.name: key for key in keys}


_ENFORCE = ("prefer", "require", "off")
_BACKENDS = ("auto", "systemd", "cgroup2", "watchdog")

KEYS = _table(
    Key("profile", names.profile_name, "which profile the limits come from", names.PROFILE_ALLOWED),
    Key("slice", names.slice_name, "the systemd slice of the compilers", names.SLICE_ALLOWED),
    Key(
        "memory-max",
        quantity.memory,
        "memory of all compilers together",
        quantity.MEMORY_ALLOWED,
        profile=True,
        cap=True,
    ),
    Key(
        "memory-high",
        quantity.memory,
        "memory above which compilers are slowed down",
        quantity.MEMORY_ALLOWED,
        profile=True,
        cap=True,
    ),
    Key(
        "memory-swap-max",
        quantity.swap,
        "swap of all compilers together",
        quantity.SWAP_ALLOWED,
        profile=True,
        cap=True,
    ),
    Key(
        "cpu-quota",
        quantity.cpu,
        "processor time of all compilers together, per cent of one core",
        quantity.CPU_ALLOWED,
        profile=True,
        cap=True,
    ),
    Key(
        "cpu-weight",
        quantity.weight,
        "share of the processors against other work",
        quantity.WEIGHT_ALLOWED,
        profile=True,
    ),
    Key(
        "io-weight",
        quantity.weight,
        "share of the disks against other work",
        quantity.WEIGHT_ALLOWED,
        profile=True,
    ),
    Key(
        "tasks-max",
        quantity.count,
        "processes and threads of all compilers together",
        quantity.COUNT_ALLOWED,
        profile=True,
        cap=True,
    ),
    Key(
        "jobs",
        quantity.jobs,
        "compilers at once; more wait",
        quantity.JOBS_ALLOWED,
        profile=True,
        cap=True,
    ),
    Key(
        "job-memory-max",
        quantity.memory,
        "memory of one compiler with its children",
        quantity.MEMORY_ALLOWED,
        profile=True,
        cap=True,
    ),
    Key(
        "job-time-max",
        quantity.time,
        "time of one compiler; then it is killed",
        quantity.TIME_ALLOWED,
        profile=True,
        cap=True,
    ),
    Key(
        "retries",
        quantity.retries,
        "how often a job that ran out of memory is repeated",
        quantity.RETRIES_ALLOWED,
    ),
    Key("compiler", names.program, "the real compiler", names.COMPILER_ALLOWED),
    Key("enforce", names.choice(*_ENFORCE), "what if limits fail", ", ".join(_ENFORCE)),
    Key("backend", names.choice(*_BACKENDS), "how limits are enforced", ", ".join(_BACKENDS)),
    Key("timed", names.switch, "print time and memory of each file", names.SWITCH_ALLOWED),
    Key("progress", names.switch, "rocqshim run shows how far the build is", names.SWITCH_ALLOWED),
    Key("log", names.file_name, "the build log of rocqshim run", names.FILE_ALLOWED),
    Key(
        "log-keep",
        quantity.kept,
        "how many earlier build logs are kept beside it",
        quantity.KEPT_ALLOWED,
    ),
    Key(
        "stderr-logs",
        names.folder_name,
        "a log for each file of what its compiler wrote on stderr",
        names.FOLDER_ALLOWED,
    ),
)

FILE_KEYS = _table(
    Key("match", names.pattern, "the files that the rule is for", names.MATCH_ALLOWED),
    Key(
        "job-memory-max",
        quantity.memory,
        "memory of one compiler of such a file",
        quantity.MEMORY_ALLOWED,
        cap=True,
    ),
    Key(
        "job-time-max",
        quantity.time,
        "time of one compiler of such a file",
        quantity.TIME_ALLOWED,
        cap=True,
    ),
    Key(
        "expected-memory",
        quantity.expected,
        "memory that such a file is known to need",
        quantity.EXPECTED_ALLOWED,
    ),
    Key("exclusive", names.boolean, "no other compiler beside it", "true or false"),
)

INHERITS = Key(
    "inherits", names.profile_name, "the profile to start from", names.PROFILE_ALLOWED, profile=True
)
PROFILE_KEYS = _table(INHERITS, *(key for key in KEYS.values() if key.profile))
CAP_KEYS = _table(*(key for key in KEYS.values() if key.cap))

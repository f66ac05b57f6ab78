"""What a file may not say: each error names file and line, what was found and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.settings.keys import FILE_KEYS, KEYS

from .support import Refused, Resolve


@pytest.mark.parametrize(
    ("text", "fact", "hint"),
    [
        ('memory-max = "150GB"', '2: memory-max = "150GB" is not a size.', 'did you mean "150G"?'),
        ("memory-max = -5", "2: memory-max = -5 is negative.", 'such as "150G"'),
        ('memory-max = "-5G"', '2: memory-max = "-5G" is negative.', 'such as "150G"'),
        ("memory-max = 0", "2: memory-max = 0 is zero.", '"infinity"'),
        ("memory-max = nan", "2: memory-max = nan is a float.", "bytes or a size"),
        ("memory-max = 1.5", "2: memory-max = 1.5 is a float.", "bytes or a size"),
        ('memory-max = ""', '2: memory-max = "" is empty.', "bytes or a size"),
        ('memory-max = "5G x"', '2: memory-max = "5G x" is not a size.', "bytes or a size"),
        ("memory-max = [1]", "2: memory-max = […] is an array.", "bytes or a size"),
        ("memory-max.x = 1", "2: memory-max = {…} is a table.", "bytes or a size"),
        ("memory-max = 2020-01-01", "2: memory-max = 2020-01-01 is a date or time.", "bytes"),
        (
            'memory-swap-max = "50%"',
            "is a percentage, which is not supported for swap.",
            "0, bytes",
        ),
        ("cpu-quota = 27", "2: cpu-quota = 27 has no unit.", '"27 cores"'),
        ("io-weight = 0", "2: io-weight = 0 is out of range.", "from 1 to 10000"),
        ('cpu-weight = "idle"', "which is not supported.", "1 is the least"),
        ('tasks-max = "15%"', "is a percentage, which is not supported here.", "whole number"),
        ("jobs = 0", "2: jobs = 0 is out of range.", "from 1 to 4194304"),
        ("jobs = true", "2: jobs = true is a boolean.", "from 1 to 4194304"),
        ('enforce = "no"', '2: enforce = "no" is not one of these words.', "prefer, require, off"),
        ("enforce = false", "2: enforce = false is a boolean.", "prefer, require, off"),
        ('backend = "docker"', "is not one of these words.", "auto, systemd, cgroup2, watchdog"),
        ('slice = "user.slice"', "is not a slice below rocq.slice.", "rocq-foo.slice"),
        ('slice = "rocq-a--b.slice"', "is not a slice name of systemd.", "letters, digits, _ . -"),
        ('compiler = "coqc -q"', "is a command line and not one program.", "./bin/coqc"),
        ('compiler = "a\\u0000b"', '"a\\u0000b" holds a control character.', "one program"),
        ("compiler = ['coqc']", "is an array.", "one program"),
        ('log = ""', '2: log = "" is empty.', "build.log"),
        ('profile = "fats"', '2: there is no profile "fats".', "standard, conservative"),
        ('profile = "agressive"', 'there is no profile "agressive".', 'mean "aggressive"?'),
        ('profile = "a b"', "is not a profile name.", "letters, digits"),
        ("memroy-max = 1", '2: there is no setting "memroy-max".', 'Did you mean "memory-max"?'),
        ("memory_max = 1", 'there is no setting "memory_max".', 'Did you mean "memory-max"?'),
        ("MemoryMax = 1", 'there is no setting "MemoryMax".', 'Did you mean "memory-max"?'),
        ("CPUQuota = 1", 'there is no setting "CPUQuota".', 'Did you mean "cpu-quota"?'),
        ("zzz = 1", '2: there is no setting "zzz".', "Known: profile, slice, memory-max"),
        ("file = []", 'there is no setting "file".', 'Did you mean "files"?'),
        ("files = 3", "2: files = 3 is an integer.", "an array of tables: [[tool.rocqshim.files]]"),
        ("files = [3]", "2: files = […] is an array.", "an array of tables"),
        ("[tool.rocqshim.files]\nmatch = 'a'", "2: files = {…} is a table.", "[[tool.rocqshim.fil"),
        ("profiles = 3", "2: profiles = 3 is an integer.", "a table: [tool.rocqshim.profiles]"),
        ("profiles.a = 3", "2: a = 3 is an integer.", "a table: [tool.rocqshim.profiles.a]"),
        ("caps.jobs = 3", "2: a project cannot set caps.", "config.toml"),
        (
            "[[tool.rocqshim.files]]\njobs = 1",
            "3: jobs cannot be set in a file rule.",
            "match, job",
        ),
        ("[[tool.rocqshim.files]]\nmach = 1", 'no setting "mach" in a file rule.', '"match"?'),
        ("[[tool.rocqshim.files]]\nexclusive = true", "2: this [[files]] rule mat", "match ="),
        (
            "[[tool.rocqshim.files]]\nmatch = '/a'",
            '3: match = "/a" leads out of the project.',
            "**",
        ),
        ("files = [{match='a', exclusive=1}]", "2: exclusive = 1 is an integer.", "true or false"),
        ("profiles.x.slice = 'a'", "2: slice cannot be set in a profile.", "inherits, memory-max"),
        ("profiles.x.jbs = 1", 'no setting "jbs" in a profile.', '"jobs"?'),
        ("profiles.x.jobs = -1", "2: jobs = -1 is out of range.", "whole number"),
        ("profiles.x.inherits = 'y'", '2: there is no profile "y".', "standard"),
        ("profiles.standard.jobs = 1", "2: standard is a built-in profile.", "another name"),
        ("profiles.'a b'.jobs = 1", 'profiles = "a b" is not a profile name.', "letters"),
        ("profiles.x.inherits = 'x'", "inherits from itself: x → x.", "inherit from standard"),
    ],
)
def test_refused(root: Path, refused: Refused, text: str, fact: str, hint: str) -> None:
    error = refused(text)

    assert error.fact.startswith(f"{root}/pyproject.toml:")
    assert fact in error.fact
    assert hint in error.hint
    assert "\n" not in error.fact + error.hint


def test_the_first_error_of_the_file_comes_first(root: Path, refused: Refused) -> None:
    """Tables that TOML lets one write in any order, and their order in our reading differ."""
    text = """
[[tool.rocqshim.files]]
matsch = "a"
[tool.rocqshim.profiles.fast]
jobs = 0
[tool]
rocqshim.log = 3
"""
    (root / "pyproject.toml").write_text(text)

    assert refused().fact.startswith(f'{root}/pyproject.toml:3: there is no setting "matsch"')


def test_the_order_is_that_of_the_lines(refused: Refused) -> None:
    assert ":3:" in refused("jobs = 1\nprofiles.a.jobs = 0\nlog = 3\nzzz = 1").fact
    assert ":3:" in refused("jobs = 1\nlog = 3\nprofiles.a.jobs = 0\nzzz = 1").fact


def test_profiles_that_inherit_in_a_circle(refused: Refused) -> None:
    error = refused("profiles.a.inherits = 'b'\nprofiles.b.inherits = 'a'")

    assert "inherits from itself: a → b → a." in error.fact


def test_profiles_that_nobody_chose_are_checked(refused: Refused) -> None:
    assert "no profile" in refused("profiles.a.inherits = 'b'", profile="standard").fact


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("memory-max = 'x'", ':1: memory-max = "x" is not a size.'),
        ("\ncaps.log = 'x'", ":2: log cannot be set in [caps]."),
        ("[caps]\nmemry-max = 1", ':2: there is no setting "memry-max" in [caps].'),
        ("[caps]\nmemory-max = -1", ":2: memory-max = -1 is negative."),
        ("caps = 3", ":1: caps = 3 is an integer."),
        ("[tool.rocqshim]\njobs = 1", ":1: this file has no [tool] tables."),
        ("[profiles.a]\njobs = 'x'", ':2: jobs = "x" is not a whole number.'),
        ("a = ", ":1: not TOML: Invalid value."),
    ],
)
def test_refused_in_the_users_file(config: Path, refused: Refused, text: str, fact: str) -> None:
    assert refused(None, text).fact.startswith(f"{config}{fact}")


def test_long_values_are_cut(refused: Refused) -> None:
    assert len(refused(f"memory-max = '{'x' * 5000}'").fact) < 250


def test_every_key_is_read(settings: Resolve) -> None:
    found = settings("""
profile = "single"
slice = "mine"
memory-max = "8G"
memory-high = "9G"
memory-swap-max = "1G"
cpu-quota = "2 cores"
cpu-weight = 10
io-weight = 20
tasks-max = 99
jobs = 3
job-memory-max = "4G"
job-time-max = "5min 20s"
retries = 5
compiler = "bin/coqc"
enforce = "require"
backend = "cgroup2"
timed = true
progress = true
log = "build/log"
log-keep = 3
stderr-logs = "build/stderr"
""")

    values = {key: getattr(found, KEYS[key].field).value for key in KEYS}
    assert values == {
        "profile": "single",
        "slice": "rocq-mine.slice",
        "memory-max": 8 * 1024**3,
        "memory-high": 9 * 1024**3,
        "memory-swap-max": 1024**3,
        "cpu-quota": 200,
        "cpu-weight": 10,
        "io-weight": 20,
        "tasks-max": 99,
        "jobs": 3,
        "job-memory-max": 4 * 1024**3,
        "job-time-max": 320.0,
        "retries": 5,
        "compiler": str(found.root / "bin/coqc"),
        "enforce": "require",
        "backend": "cgroup2",
        "timed": True,
        "progress": True,
        "log": str(found.root / "build/log"),
        "log-keep": 3,
        "stderr-logs": str(found.root / "build/stderr"),
    }
    assert [str(getattr(found, KEYS[key].field).origin) for key in KEYS] == [
        f"pyproject.toml:{line}" for line in range(3, 24)
    ]


def test_every_key_of_a_file_rule_is_read(settings: Resolve) -> None:
    text = (
        '[[tool.rocqshim.files]]\nmatch = "./a.v"\njob-memory-max = "1G"\nexpected-memory = "50%"'
    )

    (rule,) = settings(text + "\nexclusive = true\njob-time-max = 90").files

    assert (rule.match, rule.job_memory_max, rule.exclusive) == ("a.v", 1024**3, True)
    assert (rule.expected_memory, rule.job_time_max) == (126 * 1024**3, 90.0)
    assert str(rule.origin) == "pyproject.toml:2"
    assert [(key, origin.line) for key, origin in rule.given] == [
        ("job-memory-max", 4),
        ("expected-memory", 5),
        ("exclusive", 6),
        ("job-time-max", 7),
    ]
    assert set(dict(rule.given)) | {"match"} == set(FILE_KEYS)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("coqc", "coqc"),
        ("/opt/rocq/bin/rocq", "/opt/rocq/bin/rocq"),
        ("./bin/../coqc", "{root}/coqc"),
        ("bin/coqc", "{root}/bin/coqc"),
    ],
)
def test_programs_are_relative_to_the_project(
    settings: Resolve, root: Path, written: str, meant: str
) -> None:
    assert settings(f"compiler = '{written}'").compiler.value == meant.format(root=root)

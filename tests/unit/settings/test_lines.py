from __future__ import annotations

import tomli
from hypothesis import example, given
from hypothesis import strategies as st

from rocqshim.settings.lines import Path, key_lines

DOCUMENT = '''\
# memory-max = 1
[project]
name = "x"   # tool.rocqshim.memory-max = 2
text = """
[tool.rocqshim]
memory-max = 3
"""
other = \'\'\'
[[tool.rocqshim.files]]\'\'\'
list = [
  "[tool.rocqshim]", # ]
  { a = 1, b = [2] },
  2020-01-01 10:00:00,
]
[tool."rocqshim"]
"memory-max" = "4G"
'cpu-quota' = """2700%"""
caps.jobs = 3

profiles = { fast = { jobs = 2 }, "sl\\u006fw" = { jobs = 1 } }
[[tool.rocqshim.files]]
match = "a.v"
[[ tool . rocqshim . files ]]
match = "b.v"
exclusive = true
[tool.rocqshim.files.deep]
x = 1
[tool.other]
memory-max = 9
'''


def test_every_way_to_write_a_key() -> None:
    lines = key_lines(DOCUMENT)
    shim = ("tool", "rocqshim")

    assert lines[shim] == 15
    assert lines[(*shim, "memory-max")] == 16
    assert lines[(*shim, "cpu-quota")] == 17
    assert lines[(*shim, "caps")] == 18
    assert lines[(*shim, "caps", "jobs")] == 18
    assert lines[(*shim, "profiles", "fast", "jobs")] == 20
    assert lines[(*shim, "profiles", "slow", "jobs")] == 20
    assert lines[(*shim, "files", 0)] == 21
    assert lines[(*shim, "files", 0, "match")] == 22
    assert lines[(*shim, "files", 1)] == 23
    assert lines[(*shim, "files", 1, "match")] == 24
    assert lines[(*shim, "files", 1, "exclusive")] == 25
    assert lines[(*shim, "files", 1, "deep", "x")] == 27
    assert lines[("tool", "other", "memory-max")] == 29
    assert lines[("project", "list", 1, "b")] == 12


def test_dotted_keys_below_a_table() -> None:
    assert key_lines("[tool]\n\nrocqshim.memory-max = 1\n")[("tool", "rocqshim", "memory-max")] == 3


def test_dotted_keys_at_the_top() -> None:
    assert key_lines("\ntool.rocqshim.jobs = 1")[("tool", "rocqshim", "jobs")] == 2


def test_windows_line_ends() -> None:
    assert key_lines('a = """\r\n\r\n"""\r\nb = 1\r\n')[("b",)] == 4


def test_a_string_that_ends_in_quotes() -> None:
    assert key_lines('a = """x"""""\nb = \'\'\'y\'\'\'\'\nc = 1')[("c",)] == 3


def test_quotes_within_a_string() -> None:
    assert key_lines("a = \"\"\"x\"\"y\"z\"\"\"\nb = '''x''y'z'''\nc = 1")[("c",)] == 3


def test_what_is_broken_ends_the_search() -> None:
    assert key_lines("a = 1\nb = ]\nc = 3") == {("a",): 1, ("b",): 2}


def test_deep_nesting_is_not_looked_into() -> None:
    assert key_lines("a = " + "[" * 100_000)[("a",)] == 1


@given(st.text() | st.text(alphabet="[]{}=.,\"'#\\\n \tab1"))
@example('"""\\')
@example("[[a")
def test_it_never_raises(text: str) -> None:
    for line in key_lines(text).values():
        assert 1 <= line <= text.count("\n") + 1


# Documents in which every number is the line that it stands on: tomli says what belongs where.
KEYS = st.sampled_from(["a", "b-c", '"d.e"', "'f g'", '"h\\u0041"'])
DOTTED = st.lists(KEYS, min_size=1, max_size=3).map(" . ".join)
FILLER = st.sampled_from(
    [
        "",
        "# a = 1",
        '"t" = """\na = 0\n[a]\n"""',
        "'t' = '''\n[[a]]\nb = 0'''",
        '"t" = "a=0#"',
        "u = [ # ]\n 'a', [\n'b = 0'] ]",
        "t = 1979-05-27 07:32:00",
        't = """"a""""',
    ]
)
PAIR = DOTTED.map("{} = LINE".format)
INLINE = st.tuples(DOTTED, KEYS, KEYS).map(
    lambda keys: "{} = {{ {} = LINE, i.{} = LINE }}".format(*keys)
)
ARRAY = st.tuples(DOTTED, KEYS).map(
    lambda keys: "{} = [\n{{ {} = LINE }},\n # x\n LINE,]".format(*keys)
)
HEADER = DOTTED.map("[{}]".format) | DOTTED.map("[[ {} ]]".format)
DOCUMENTS = st.lists(FILLER | PAIR | INLINE | ARRAY | HEADER, max_size=12)


def numbered(pieces: list[str]) -> str:
    lines = "\n".join(pieces).split("\n")
    return "\n".join(line.replace("LINE", str(at)) for at, line in enumerate(lines, 1))


def numbers(value: object, path: Path = ()) -> dict[Path, int]:
    found: dict[Path, int] = {}
    if isinstance(value, dict):
        for key, below in value.items():
            found |= numbers(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            found |= numbers(below, (*path, index))
    elif isinstance(value, int):
        found[path] = value
    return found


@given(DOCUMENTS.map(numbered))
def test_as_tomli_reads_it(text: str) -> None:
    try:
        document = tomli.loads(text)
    except tomli.TOMLDecodeError:
        return

    lines = key_lines(text)

    assert {path: lines.get(path) for path in numbers(document)} == numbers(document)

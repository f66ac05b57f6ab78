from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.settings import quantity
from rocqshim.settings.found import BadValue
from rocqshim.settings.model import Machine

MACHINE = Machine(memory=10**9, cores=36)
MIB = 1024**2
PARSERS = [
    quantity.memory,
    quantity.expected,
    quantity.swap,
    quantity.cpu,
    quantity.weight,
    quantity.count,
    quantity.jobs,
    quantity.retries,
]


@pytest.mark.parametrize(
    ("parse", "found", "value"),
    [
        (quantity.memory, "infinity", None),
        (quantity.memory, "60%", 600_000_000),
        (quantity.memory, "60.5%", 605_000_000),
        (quantity.memory, "60.55 %", 605_500_000),
        (quantity.memory, "100%", 10**9),
        (quantity.memory, 16 * MIB, 16 * MIB),
        (quantity.memory, "16M", 16 * MIB),
        (quantity.expected, "1%", 10_000_000),
        (quantity.swap, 0, 0),
        (quantity.swap, "0", 0),
        (quantity.swap, "2G", 2 * 1024**3),
        (quantity.swap, "infinity", None),
        (quantity.cpu, "2700%", 2700),
        (quantity.cpu, "75%", 75),
        (quantity.cpu, "75% of cores", 2700),
        (quantity.cpu, "12.5%  of cores", 450),
        (quantity.cpu, "12.35% of cores", 445),
        (quantity.cpu, "27 cores", 2700),
        (quantity.cpu, "1 core", 100),
        (quantity.cpu, "1.5cores", 150),
        (quantity.cpu, "infinity", None),
        (quantity.weight, 1, 1),
        (quantity.weight, "10000", 10_000),
        (quantity.count, 4, 4),
        (quantity.count, " 4 ", 4),
        (quantity.count, "4194304", 4_194_304),
        (quantity.count, "infinity", None),
        (quantity.jobs, " 4 ", 4),
        (quantity.jobs, "infinity", None),
        (quantity.jobs, " auto ", None),
        (quantity.retries, 0, 0),
        (quantity.retries, " 20 ", 20),
    ],
)
def test_accepted(parse: Callable[..., object], found: object, value: object) -> None:
    assert parse(found, MACHINE) == value


@pytest.mark.parametrize(
    ("parse", "found", "problem"),
    [
        (quantity.memory, 0, "is zero"),
        (quantity.memory, "0%", "is zero"),
        (quantity.memory, "101%", "is more than 100%"),
        (quantity.memory, "60.555%", "is not a size"),
        (quantity.memory, "-60%", "is negative"),
        (quantity.memory, -1, "is negative"),
        (quantity.memory, 1.5, "is a float"),
        (quantity.memory, True, "is a boolean"),
        (quantity.memory, "", "is empty"),
        (quantity.memory, "Infinity", "is not a size"),
        (quantity.expected, "infinity", "is not a size"),
        (quantity.swap, "60%", "is a percentage, which is not supported for swap"),
        (quantity.swap, -1, "is negative"),
        (quantity.cpu, 2700, "has no unit"),
        (quantity.cpu, "2700", "is not an amount of processor time"),
        (quantity.cpu, "12.5%", "is not a whole number of per cent"),
        (quantity.cpu, "0%", "is zero"),
        (quantity.cpu, "0 cores", "is zero"),
        (quantity.cpu, "0.01% of cores", "is zero"),
        (quantity.cpu, "101% of cores", "is more than 100%"),
        (quantity.cpu, "-5%", "is negative"),
        (quantity.cpu, "9999999%", "is too large (more than 10000 cores)"),
        (quantity.cpu, "27 coresx", "is not an amount of processor time"),
        (quantity.cpu, "nan%", "is not an amount of processor time"),
        (quantity.cpu, 27.0, "is a float"),
        (quantity.cpu, False, "is a boolean"),
        (quantity.weight, 0, "is out of range"),
        (quantity.weight, 10_001, "is out of range"),
        (quantity.weight, "idle", 'asks for the class "idle", which is not supported'),
        (quantity.weight, "infinity", "is not a whole number"),
        (quantity.weight, "50%", "is not a whole number"),
        (quantity.weight, [50], "is an array"),
        (quantity.count, 0, "is out of range"),
        (quantity.count, "-3", "is out of range"),
        (quantity.count, 4_194_305, "is out of range"),
        (quantity.count, "15%", "is a percentage, which is not supported here"),
        (quantity.count, "4 jobs", "is not a whole number"),
        (quantity.count, "1.5", "is not a whole number"),
        (quantity.count, "", "is empty"),
        (quantity.count, {}, "is a table"),
        (quantity.jobs, "Auto", "is not a whole number"),
        (quantity.jobs, 0, "is out of range"),
        (quantity.retries, -1, "is out of range"),
        (quantity.retries, 21, "is out of range"),
        (quantity.retries, "infinity", "is not a whole number"),
        (quantity.retries, True, "is a boolean"),
    ],
)
def test_refused(parse: Callable[..., object], found: object, problem: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse(found, MACHINE)

    assert caught.value.problem == problem
    assert caught.value.allowed


@pytest.mark.parametrize("parse", [quantity.memory, quantity.expected, quantity.swap])
@pytest.mark.parametrize(
    ("found", "problem", "meant"),
    [
        (150, "is 150 bytes", '"150G" or "150M"?'),
        ("150", "is 150 bytes", '"150G" or "150M"?'),
        (" 8 ", "is 8 bytes", '"8G"?'),
        (8000, "is 8000 bytes", '"8000M"?'),
        ("8388608", "is 8388608 bytes", '"8388608K"?'),
        ("0.5", "is 0 bytes", '"0.5G"?'),
        (1.5, "is a float", '"1.5G"?'),
        (16 * MIB - 1, "is 16777215 bytes", '"16777215K"?'),
        ("'4G'", "is not a size", '"4G"?'),
    ],
)
def test_what_can_hold_no_compiler_is_a_slip(
    parse: Callable[..., object], found: object, problem: str, meant: str
) -> None:
    with pytest.raises(BadValue) as caught:
        parse(found, MACHINE)

    assert caught.value.problem.startswith(problem)
    assert meant in caught.value.allowed


@pytest.mark.parametrize(
    ("found", "amount", "meant"),
    [
        ("100K", 102400, '"100G" or "100M"?'),
        ("150B", 150, '"150G" or "150M"?'),
        ("8M", 8 * MIB, '"8G"?'),
        ("1K 1B", 1025, "base 1024"),
    ],
)
def test_with_a_unit_only_an_expectation_may_be_so_small(
    found: str, amount: int, meant: str
) -> None:
    assert quantity.expected(found, MACHINE) == amount
    for limit in (quantity.memory, quantity.swap):
        with pytest.raises(BadValue, match=f"is {amount} bytes: no compiler fits") as caught:
            limit(found, MACHINE)
        assert meant in caught.value.allowed


def test_tomls_infinity_is_a_float() -> None:
    for parse in (quantity.memory, quantity.cpu, quantity.count, quantity.swap):
        with pytest.raises(BadValue, match=r'is a float; .*did you mean "infinity"'):
            parse(float("inf"), MACHINE)


def test_a_bare_number_of_processors_is_asked_back() -> None:
    """27 could be per cent, as in CPUQuota=27%, or cores."""
    with pytest.raises(BadValue, match='here "27%" of one core, or "27 cores"'):
        quantity.cpu(27, MACHINE)


@given(st.integers(1, 1_000_000))
def test_per_cent_round_trip(quota: int) -> None:
    assert quantity.cpu(f"{quota}%", MACHINE) == quota


@given(st.integers(1, 10_000))
def test_cores_round_trip(cores: int) -> None:
    assert quantity.cpu(f"{cores} cores", MACHINE) == cores * 100


@given(st.integers(1, 10_000), st.integers(1, 2**62))
def test_a_share_of_memory_is_never_more_than_all(hundredths: int, memory: int) -> None:
    text = f"{hundredths // 100}.{hundredths % 100:02}%"
    machine = Machine(memory, 1)
    try:
        share = quantity.memory(text, machine)
    except BadValue as bad:
        assert bad.problem == "is zero"
        assert memory * hundredths < 10_000
    else:
        assert share is not None
        assert 0 < share <= memory


@given(
    st.sampled_from(PARSERS),
    st.text(alphabet="0123456789.BKMGTPE% -coresinfity", max_size=14)
    | st.text(max_size=8)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.lists(st.integers(), max_size=1)
    | st.none(),
)
def test_any_value_is_a_number_or_refused(parse: Callable[..., object], found: object) -> None:
    try:
        value = parse(found, MACHINE)
    except BadValue:
        return
    assert value is None or (type(value) is int and value >= 0)

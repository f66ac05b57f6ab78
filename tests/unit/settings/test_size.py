from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.settings.found import BadValue
from rocqshim.settings.size import exact_size, human_size, parse_size

K, M, G = 1024, 1024**2, 1024**3


# Each accepted, or refused, by `systemd-analyze verify` of systemd 252 as MemoryMax=.
@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("150G", 150 * G),
        ("1.5G", 3 * G // 2),
        ("10.M", 10 * M),
        ("1.G", G),
        ("1G512M", G + 512 * M),
        ("1G 512M", G + 512 * M),
        ("1 G", G),
        (" 5 ", 5),
        ("100B", 100),
        ("7E", 7 * 1024**6),
        ("1T", 1024**4),
        ("1P", 1024**5),
        ("1K", K),
        ("0", 0),
        ("0.25K", 256),
    ],
)
def test_what_systemd_accepts(text: str, amount: int) -> None:
    assert parse_size(text, "") == amount


@pytest.mark.parametrize(
    "text",
    [
        "512M1G",
        "1G1G",
        "1g",
        "150GB",
        "150GiB",
        ".5G",
        "1e3",
        "-1",
        "16E",
        "8E",
        "",
        " ",
        "G",
        "0x10",
        "1_000",
        "1G.",
        "1..5G",
        "1.5.5G",
        "\u0661G",
        "1G\x00",
        "+1",
        "nan",
        "inf",
        "infinity1",
    ],
)
def test_what_systemd_refuses(text: str) -> None:
    """8E is ours: the history database has 63 bits."""
    with pytest.raises(BadValue):
        parse_size(text, "")


@pytest.mark.parametrize("found", [True, 1.5, float("nan"), None, [], {}, -1, 2**63])
def test_no_other_type(found: object) -> None:
    with pytest.raises(BadValue):
        parse_size(found, "")


def test_an_integer_is_bytes() -> None:
    assert parse_size(4096, "") == 4096


@pytest.mark.parametrize(
    ("text", "better"),
    [("150GB", "150G"), ("1.5 gib", "1.5G"), ("2g", "2G"), ("60% of RAM", "60%")],
)
def test_the_spelling_that_was_meant(text: str, better: str) -> None:
    with pytest.raises(BadValue, match="is not a size") as caught:
        parse_size(text, "bytes")

    assert caught.value.allowed == f'bytes; did you mean "{better}"?'


def test_nothing_is_suggested_for_nonsense() -> None:
    with pytest.raises(BadValue) as caught:
        parse_size("lots", "bytes")

    assert caught.value.allowed == "bytes"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "infinity"),
        (0, "0"),
        (1023, "1023"),
        (1024, "1K"),
        (150 * G, "150G"),
        (1536 * M, "1.5G"),
        (15_165_901_209, "14.1G"),
        (1024**2 - 1, "1M"),
        (1024**7, "1024E"),
    ],
)
def test_human_size(amount: int | None, text: str) -> None:
    assert human_size(amount) == text


@given(st.integers(0, 2**63 - 1))
def test_exact_size_is_read_back(amount: int) -> None:
    assert parse_size(exact_size(amount), "") == amount


@given(st.integers(1, 2**62))
def test_human_size_is_read_back_nearly(amount: int) -> None:
    assert parse_size(human_size(amount), "") == pytest.approx(amount, rel=0.051)


@given(st.text(alphabet="0123456789.BKMGTPE% -ig", max_size=12) | st.text(max_size=8))
def test_any_text_is_a_size_or_refused(text: str) -> None:
    try:
        assert 0 <= parse_size(text, "") < 2**63
    except BadValue as bad:
        assert bad.problem.startswith("is ")

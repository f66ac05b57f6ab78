"""The frames between launcher and broker: every string survives, no nonsense does harm."""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.launch.wire import MAX_FRAME, Garbled, decode, encode, length_of

# Everything that the system can hand to a program: any bytes but NUL.
SYSTEM_TEXT = st.binary(max_size=50).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"")))
KEY = st.sampled_from(["cwd", "arg", "env", "job", "note"])
FIELDS = st.lists(st.tuples(KEY, SYSTEM_TEXT), max_size=20)


@settings(deadline=None)
@given(st.sampled_from(["job", "go", "end", ""]), FIELDS)
def test_round_trip(verb: str, fields: list[tuple[str, str]]) -> None:
    head, _, body = encode(verb, fields).partition(b"\n")

    assert length_of(head) == len(body)
    assert decode(body) == (verb, fields)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_body_is_read_or_garbled(body: bytes) -> None:
    try:
        verb, fields = decode(body)
    except Garbled:
        return
    assert encode(verb, fields).endswith(body)


@settings(deadline=None)
@given(st.binary(max_size=30))
def test_any_head_is_a_length_or_garbled(head: bytes) -> None:
    with contextlib.suppress(Garbled):
        assert 0 <= length_of(head) <= MAX_FRAME


@pytest.mark.parametrize(
    "head",
    [b"", b"-1", b"+1", b" 1", b"1 ", b"1_0", b"0x10", b"1.0", b"\xb2", b"9" * 5000,
     b"%d" % (MAX_FRAME + 1)],
)  # fmt: skip
def test_no_length(head: bytes) -> None:
    with pytest.raises(Garbled):
        length_of(head)


def test_the_largest_frame() -> None:
    assert length_of(b"%d" % MAX_FRAME) == MAX_FRAME
    assert length_of(b"0") == 0

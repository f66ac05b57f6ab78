"""Words as people are shown them, for a shell."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.shell import join, quote


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("a.v", "a.v"),
        ("a b.v", "'a b.v'"),
        ("é.v", "'é.v'"),
        ("p\udce9 x", "'p'$'\\351'' x'"),
        ("a\nb\x1b", "'a'$'\\012''b'$'\\033'''"),
        ("it's", "'it'\"'\"'s'"),
    ],
)
def test_what_is_shown(word: str, shown: str) -> None:
    assert quote(word) == shown


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(min_size=1).filter(lambda it: 0 not in it), max_size=5))
def test_a_shell_reads_the_same_bytes(words: list[bytes]) -> None:
    text = join(map(os.fsdecode, words))
    text.encode()  # it can be shown anywhere

    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {text}"], capture_output=True, check=True)

    assert done.stdout == b"".join(word + b"\0" for word in words) or not words

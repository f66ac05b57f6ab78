"""The dependency files that coqdep and ``rocq dep`` write, as make reads them. Pure.

    a.vo a.glob a.v.beautified a.required_vo: a.v b.vo /lib/c.vo
    a.vos a.vok a.required_vos: a.v b.vos /lib/c.vos

The same since 8.10 for coq_makefile's ``.Makefile.coq.d``, dune's ``a.v.d`` and ``.x.theory.d``,
and what plain Makefiles keep in ``.depend``. (8.16 has lines for ``.vio``, too.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Loads = dict[str, tuple[str, ...]]

_WORD = re.compile(r"(?:\\.|[^\s\\])+")
# coqdep puts a backslash before these (tools/coqdep/lib/makefile.ml), and doubles a dollar.
_ESCAPED = re.compile(r"\\([\\ #:%?\[\]*~])|\$(\$)")


def loads_of(text: str) -> Loads:
    """Give for each ``.vo`` that is a target the ``.vo`` files that it needs, as written."""
    found: Loads = {}
    for targets, needed in _rules(text):
        wanted = tuple(name for name in needed if name.endswith(".vo"))
        for target in targets:
            if target.endswith(".vo"):
                known = found.get(target, ())
                found[target] = tuple(dict.fromkeys(known + wanted)) if known else wanted
    return found


def _rules(text: str) -> Iterator[tuple[list[str], list[str]]]:
    for line in text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines():
        # Most lines of a large file are about .vos and .vio: half of the time is saved here.
        if ".vo" not in line or line[0] in "\t#":
            continue
        left, colon, right = line.partition(":")
        if "\\" in line or "$" in line:
            yield _escaped_rule(line)
        elif colon and not right.startswith("="):
            yield left.split(), right.split()


def _escaped_rule(line: str) -> tuple[list[str], list[str]]:
    words = _WORD.findall(line)
    at = next((at for at, word in enumerate(words) if _ends_targets(word)), len(words))
    if at == len(words):
        return [], []
    last = [words[at][:-1]] if len(words[at]) > 1 else []
    return list(map(_plain, words[:at] + last)), list(map(_plain, words[at + 1 :]))


def _ends_targets(word: str) -> bool:
    backslashes = len(word[:-1]) - len(word[:-1].rstrip("\\"))
    return word.endswith(":") and backslashes % 2 == 0


def _plain(word: str) -> str:
    return _ESCAPED.sub(lambda found: found[1] or found[2], word)

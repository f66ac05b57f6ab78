"""The page loads nothing, sends nothing, and what is in it is only text."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .chromium import DESKTOP, PHONE, Chromium
from .documents import document

Write = Callable[[dict[str, Any]], Path]
HOSTILE = "</script><img src=x onerror=hacked=1><!--<script>hacked=1</script> ' \" & ]]> \udcff.v"
AS_TEXT = HOSTILE.replace("\udcff", "\\xff")


def hostile(value: Any) -> Any:  # noqa: ANN401
    """A document with that in every text."""
    if isinstance(value, dict):
        return {_key(key, kept): hostile(kept) for key, kept in value.items()}
    if isinstance(value, list):
        return [hostile(kept) for kept in value]
    return HOSTILE + value if isinstance(value, str) else value


def _key(key: str, value: object) -> str:
    """The words of reasons are keys of ``why_waited`` and ``lost``, with seconds."""
    return HOSTILE if key in ("memory", "cores") and isinstance(value, float) else key


def test_nothing_is_loaded_and_nothing_complains(chromium: Chromium, built: Path) -> None:
    for size in (DESKTOP, PHONE):
        chromium.open(built, size)
        chromium.point("#gantt .plot", 100, 60, click=True)

        assert chromium.messages() == []
        assert chromium.requests() == [built.as_uri()]


def test_the_policy_forbids_all_but_the_page_itself(chromium: Chromium, built: Path) -> None:
    chromium.open(built)
    found = chromium.driver.execute_async_script("""
        const done = arguments[0], found = new Set();
        document.addEventListener("securitypolicyviolation", (e) => {
          found.add(e.effectiveDirective);
          if (found.size === 5) done([...found].sort());
        });
        const made = (name, set) =>
          document.body.append(Object.assign(document.createElement(name), set));
        made("img", { src: "data:image/gif;base64,R0lGODlhAQABAAAAACw=" });
        made("script", { textContent: "hacked = 1" });
        made("style", { textContent: "body { display: none }" });
        made("iframe", { src: "data:text/html,x" });
        fetch("data:text/plain,x").catch(() => 0);
        setTimeout(() => done([...found].sort()), 3000);
    """)

    assert found == ["connect-src", "frame-src", "img-src", "script-src-elem", "style-src-elem"]
    assert chromium.run("return typeof hacked") == "undefined"


def test_hostile_names_are_only_text(chromium: Chromium, write: Write) -> None:
    chromium.open(write(hostile(document())))
    chromium.point("#gantt .plot", 100, 60)

    assert chromium.messages() == []
    assert chromium.run("return typeof hacked") == "undefined"
    assert chromium.run("return document.querySelectorAll('img').length") == 0
    assert chromium.run("return document.querySelectorAll('script').length") == 2
    assert chromium.texts("h1") == [AS_TEXT + "categories"]
    assert any(AS_TEXT + "theories/" in text for text in chromium.texts("#files tbody th"))
    assert AS_TEXT in chromium.tip()


def test_names_that_turn_the_writing_are_held_back(chromium: Chromium, write: Write) -> None:
    found = copy.deepcopy(document())
    found["project"] = "\u202eevil\u2066\x1b[31m\n"
    chromium.open(write(found))

    assert chromium.texts("h1") == ["?evil??[31m?"]

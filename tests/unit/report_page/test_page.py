"""The page as text: whole without a browser, within its bounds, and of any document."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib import resources
from typing import Any

import pytest
from browser.documents import GIGA, document

from rocqshim.report import document as report
from rocqshim.report.page import SCRIPTS, page
from rocqshim.report.page.data import DEPS, JOBS, SAMPLES, STACKED
from unit.report.support import G, lively


def between(text: str, start: str, end: str) -> str:
    return text.split(start, 1)[1].split(end, 1)[0]


def data_of(text: str) -> dict[str, Any]:
    body = between(text, '<script type="application/json" id="data">', "</script>")
    found: dict[str, Any] = json.loads(body)
    return found


def test_style_and_script_are_let_in_by_their_digests_and_nothing_else() -> None:
    text = page(document(5))
    policy = html.unescape(between(text, 'Content-Security-Policy" content="', '"'))

    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts.pop("default-src") == "'none'"
    for name, body in (
        ("style-src", between(text, "<style>", "</style>")),
        ("script-src", between(text, "<script>", "</script>")),
    ):
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert parts.pop(name) == f"'sha256-{digest}'"
    assert parts == {"base-uri": "'none'", "form-action": "'none'"}


def test_no_address_and_no_attribute_that_acts() -> None:
    text = page(document(5))

    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(|<link|<iframe|\ssrc=|\sstyle=", text)
    assert not re.search(r"<[^>]*\son[a-z]+=", text)


def test_the_same_document_gives_the_same_page() -> None:
    assert page(document(20)) == page(document(20))


def test_a_name_of_any_bytes_can_be_written() -> None:
    found = document(5)
    found["jobs"][0]["file"] = "theories/\udcff</script>.v"
    text = page(found)

    assert "theories/\\xff&lt;/script&gt;.v" in text.encode().decode()
    assert "theories/\\xff</script>.v" in data_of(text)["files"]["name"]
    assert text.count("</script>") == 2


def test_five_thousand_jobs_are_less_than_three_megabytes() -> None:
    found = document(5000, 64, 150 * GIGA)

    assert len(page(found).encode()) < 3_000_000


def test_whatever_the_build_was_the_page_has_bounds() -> None:
    found = document(30, 4)
    jobs = [
        {**found["jobs"][at % 30], "file": f"f{at}.v", "deps": [f"f{at - n}.v" for n in range(99)]}
        for at in range(JOBS + 500)
    ]
    longest = sorted(jobs, key=lambda job: job["started"] - job["ended"])[:200]
    held = [[job["file"], 2**20 * at, 1] for at, job in enumerate(longest)]
    samples = [{**found["samples"][0], "t": float(at), "jobs": held} for at in range(3 * SAMPLES)]
    text = page({**found, "jobs": jobs, "samples": samples})
    made = data_of(text)

    assert len(made["jobs"]["file"]) == JOBS
    assert made["left"] == 500
    assert len(made["samples"]["t"]) == SAMPLES
    assert max(len(deps or []) for deps in made["jobs"]["deps"]) == DEPS
    stack = made["samples"]["jobs"][0]
    assert len(stack) == 2 * (STACKED + 1)
    assert sum(stack[1::2]) == sum(size for _, size, _ in held)
    assert "8,000 longest of 8,500 jobs" in text
    assert len(text.encode()) < 4_000_000


def test_of_samples_that_become_one_the_highest_is_kept() -> None:
    found = document(10, 4)
    samples = [{**found["samples"][0], "t": float(at), "memory": at} for at in range(2 * SAMPLES)]
    samples[101]["memory"] = 7 * GIGA
    samples[100]["cpu"], samples[101]["cpu"] = 1.0, 4.0
    made = data_of(page({**found, "samples": samples}))["samples"]

    assert made["memory"][50] == 7 * GIGA
    assert made["t"][50] == 101.0
    assert made["cpu"][50] == 2.5


def unknown(found: dict[str, Any]) -> dict[str, Any]:
    """The same build, of which nobody knows anything that may be unknown."""
    kept = "file kind attempt verdict asked started ended deps critical".split()
    jobs = [{n: v if n in kept else None for n, v in job.items()} for job in found["jobs"]]
    steady = "t memory running waiting blocked jobs".split()
    samples = [
        {n: v if n in steady else None for n, v in sample.items()} for sample in found["samples"]
    ]
    nothing = dict.fromkeys(found)
    known = {name: found[name] for name in ("version", "project", "root", "build", "seconds")}
    return {**nothing, **known, "started": 0.0, "jobs": jobs, "samples": samples}


@pytest.mark.parametrize("parts", ["all", "jobs", "nothing"])
def test_what_nobody_knows_is_left_out(parts: str) -> None:
    found = unknown(document(10))
    if parts != "all":
        found["samples"] = []
    if parts == "nothing":
        found["jobs"] = []
    text = page(found)

    assert "None" not in re.sub(r"<script.*", "", text, flags=re.DOTALL)
    assert "There is no build before this one." in text


def test_a_field_that_is_missing_is_no_page() -> None:
    found = document(5)
    del found["what_if"]

    with pytest.raises(KeyError, match="what_if"):
        page(found)


def test_a_figure_is_in_the_words_of_the_commands() -> None:
    found = {**document(5), "seconds": 723.0, "memory_peak": int(22.06 * GIGA)}
    found["memory_max"], found["previous"]["seconds"] = 24 * GIGA, 700.0
    text = re.sub(r"<[^>]+>", " ", page(found))

    assert "12 min 3 s" in text
    assert "+23.0 s against the build before" in text
    assert "22.1G" in text
    assert "of memory-max 24G, 92%" in text


def test_time_and_peak_are_those_of_the_table() -> None:
    """The run that made the file, and what it held without page cache."""
    made = data_of(page(report.document(lively())))

    at = made["files"]["name"].index("b.v")
    of_b = {name: column[at] for name, column in made["files"].items()}
    assert (of_b["seconds"], of_b["cpu"], of_b["attempts"]) == (9.0, 9.0, 2)
    assert of_b["peak"] == 5 * G
    first = made["jobs"]["file"].index(at)
    assert made["jobs"]["memory_peak"][first] == 5 * G


def test_what_sits_in_an_editor_is_not_listed() -> None:
    found = report.document(lively())
    text = page(found)

    assert "Top.v" in json.dumps(found["jobs"])
    assert "Top.v" not in text and data_of(text)["left"] == 0


def test_every_part_of_the_script_comes_with_the_package() -> None:
    folder = resources.files("rocqshim.report.page")

    assert {f"{name}.js" for name in SCRIPTS} == {
        part.name for part in folder.joinpath("script").iterdir() if part.name.endswith(".js")
    }
    assert folder.joinpath("page.css").is_file()

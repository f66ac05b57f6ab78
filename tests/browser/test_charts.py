"""What the charts show, and what they tell of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from rocqshim.settings.size import human_size

from .chromium import DESKTOP, PHONE, Chromium
from .documents import GIGA, document

LEFT, ROW, HEAD = 44, 20, 20  # as in script/chart.js and script/gantt.js
CHARTS = ("memory", "gantt", "cpu", "pressure")
# How many pixels of a canvas have about the colour of a name of page.css; how high up the first is.
FOUND = """
const [selector, name] = arguments, canvas = document.querySelector(selector);
const probe = document.createElement('i');
probe.style.color = `var(${name})`;
document.body.append(probe);
const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
probe.remove();
const { width, height } = canvas;
const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
let count = 0, first = height;
for (let at = 0; at < data.length; at += 4)
  if (data[at + 3] > 200 && wanted.every((part, n) => Math.abs(part - data[at + n]) < 8)) {
    first = count++ ? first : Math.floor(at / 4 / width);
  }
return [count, height - first];
"""


def colour(chromium: Chromium, chart: str, name: str, layer: int = 1) -> int:
    selector = f"#{chart} .plot canvas:nth-of-type({layer})"
    return int(chromium.run(FOUND, selector, name)[0])


def height(chromium: Chromium, chart: str, name: str) -> int:
    return int(chromium.run(FOUND, f"#{chart} .plot canvas", name)[1])


def row_of(found: dict[str, Any], file: str) -> int:
    """Where a file stands: by when it was first asked for, then by its end."""
    when: dict[str, list[float]] = {}
    for job in found["jobs"]:
        asked, ended = when.setdefault(job["file"], [job["asked"], 0.0])
        when[job["file"]] = [min(asked, job["asked"]), max(ended, job["ended"])]
    return sorted(when, key=lambda name: when[name]).index(file)


def point_at(chromium: Chromium, found: dict[str, Any], job: dict[str, Any]) -> str:
    """The pointer on the end of a job's bar."""
    row = row_of(found, job["file"])
    top = max(0, row * ROW - 100)
    chromium.run("document.querySelector('#gantt .scroll').scrollTop = arguments[0]", top)
    scrolled = chromium.run("return document.querySelector('#gantt .scroll').scrollTop")
    width = chromium.run("return document.querySelector('#gantt .plot').clientWidth") - LEFT - 16
    x = LEFT + (job["ended"] - 0.2) / found["seconds"] * width
    return chromium.point("#gantt .plot", x, HEAD + row * ROW + ROW / 2 - scrolled)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("dark", [False, True])
def test_every_chart_is_drawn(
    chromium: Chromium, built: Path, size: tuple[int, int], dark: bool
) -> None:
    chromium.open(built, size, dark=dark)

    assert colour(chromium, "memory", "--bad") > 200  # the limit
    assert colour(chromium, "memory", "--promised") > 50
    assert colour(chromium, "memory", "--f0") > 100
    assert colour(chromium, "gantt", "--run") > 200
    assert colour(chromium, "gantt", "--critical") > 200
    assert colour(chromium, "gantt", "--bad") > 20  # stripes of a killed one
    assert colour(chromium, "cpu", "--run") > 1000
    assert colour(chromium, "pressure", "--critical") > 100


def test_a_job_tells_its_wait_and_what_it_needed(chromium: Chromium, built: Path) -> None:
    found = document()
    ends = {job["file"]: job for job in found["jobs"]}
    job = max(ends.values(), key=lambda job: (bool(job["deps"]), job["waited"]))
    chromium.open(built)

    told = point_at(chromium, found, job)

    assert told.splitlines()[0].removeprefix("◆ ") == job["file"]
    assert "waited " in told
    assert ": memory " in told
    assert "needed " + ", ".join(
        sorted(job["deps"], key=lambda dep: -ends[dep]["ended"])
    ) in told.replace(" \n", " ")
    assert colour(chromium, "gantt", "--accent", 2) > 30  # the line to it, and its frame


def test_a_killed_one_says_why_and_which_attempt(chromium: Chromium, built: Path) -> None:
    found = document()
    job = next(job for job in found["jobs"] if job["verdict"] == "oom-slice")
    chromium.open(built)

    told = point_at(chromium, found, job)

    assert "killed: memory-max of the slice was full, attempt 1 of 2" in told


def test_the_critical_path_alone(chromium: Chromium, built: Path) -> None:
    chromium.open(built)
    chromium.run(
        "const s = document.getElementById('gantt-which'); s.value = 'critical'; s.onchange()"
    )
    chromium.settle()

    assert chromium.texts("#gantt-count") == [
        f"{len(document()['critical_path'])} files in theories/"
    ]
    assert colour(chromium, "gantt", "--run") == 0


def test_the_band_under_the_pointer_is_named(chromium: Chromium, built: Path) -> None:
    found = document()
    sample = max(found["samples"], key=lambda sample: sample["memory"])
    chromium.open(built)
    width = chromium.run("return document.querySelector('#memory .plot').clientWidth") - LEFT - 16

    told = chromium.point("#memory .plot", LEFT + sample["t"] / found["seconds"] * width - 1, 235)

    assert told.splitlines()[0].split(":")[0] in {part[0] for part in sample["jobs"]}
    assert " of 8G" in told
    assert "promised to jobs: " in told
    assert "page cache and others: " in told
    assert f"{sample['running']} running" in told


def test_a_drag_shows_a_part_in_all_charts(chromium: Chromium, built: Path) -> None:
    from selenium.webdriver import ActionChains

    chromium.open(built)
    plot = chromium.one("#memory .plot")
    chromium.run("arguments[0].scrollIntoView({block: 'center'})", plot)
    ActionChains(chromium.driver, duration=0).move_to_element_with_offset(
        plot, 0, 0
    ).click_and_hold().move_by_offset(60, 0).release().perform()
    chromium.settle()

    assert " of 60 files" in chromium.texts("#gantt-count")[0]
    chromium.one("#zoom-all").click()
    chromium.settle()
    assert chromium.texts("#gantt-count") == ["60 files in theories/"]


def test_a_keyboard_is_enough(chromium: Chromium, built: Path) -> None:
    chromium.open(built)
    chromium.run("document.querySelector('#gantt .plot').focus()")

    chromium.keys(Keys.ARROW_DOWN)
    first = chromium.tip()
    chromium.keys(*[Keys.ARROW_DOWN] * 40)
    later = chromium.tip()

    assert first.splitlines()[1].startswith("done")
    assert later not in ("", first)
    assert chromium.run("return document.querySelector('#gantt .scroll').scrollTop") > 0
    chromium.keys("+")
    assert " of 60 files" in chromium.texts("#gantt-count")[0]
    chromium.keys("0", Keys.ESCAPE)
    assert chromium.tip() == ""


def test_a_click_holds_what_is_told(chromium: Chromium, built: Path) -> None:
    chromium.open(built)
    held = chromium.point("#gantt .plot", LEFT + 8, HEAD + 10, click=True)

    assert chromium.point("#cpu .plot", 200, 50) == held
    chromium.keys(Keys.ESCAPE)
    assert chromium.tip() == ""


def test_a_small_build_fills_the_chart_and_the_limit_is_a_click_away(
    chromium: Chromium, write: Callable[[dict[str, Any]], Path]
) -> None:
    chromium.open(write({**document(), "memory_max": 160 * GIGA}))
    button = chromium.one("#memory-scale")
    high, full = height(chromium, "memory", "--f0"), colour(chromium, "memory", "--f0")

    assert button.text == "Up to memory-max 160G"
    assert high > 100  # pixels
    assert colour(chromium, "memory", "--bad") == 0

    chromium.run("arguments[0].focus()", button)
    chromium.keys(Keys.ENTER)
    assert button.get_attribute("aria-pressed") == "true"
    assert colour(chromium, "memory", "--bad") > 200
    assert height(chromium, "memory", "--f0") < high / 2

    button.click()
    chromium.settle()
    assert button.get_attribute("aria-pressed") == "false"
    assert colour(chromium, "memory", "--f0") == full


@pytest.mark.parametrize("limit", [None, 9 * GIGA])
def test_a_limit_that_is_seen_anyway_needs_no_click(
    chromium: Chromium, write: Callable[[dict[str, Any]], Path], limit: int | None
) -> None:
    chromium.open(write({**document(), "memory_max": limit}))

    assert not chromium.one("#memory-scale").is_displayed()
    assert (colour(chromium, "memory", "--bad") > 200) == (limit is not None)


def test_the_peak_of_the_chart_is_that_of_the_head(
    chromium: Chromium, write: Callable[[dict[str, Any]], Path]
) -> None:
    """It may have been between two looks."""
    found = document()
    found["memory_peak"] += GIGA
    max(found["samples"], key=lambda sample: sample["memory"])["peak"] += GIGA
    path = write(found)

    assert f'"memoryPeak":{found["memory_peak"]}' in path.read_text(encoding="utf-8")
    chromium.open(path)
    assert human_size(found["memory_peak"]) in chromium.texts(".cards")[0]

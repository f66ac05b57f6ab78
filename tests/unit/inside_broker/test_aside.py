"""What is read beside the loop: in order, with a deadline, and nobody else's hang is one's own."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from rocqshim.broker import aside
from rocqshim.broker.aside import Aside, TooSlow


def test_what_is_given_and_what_is_raised() -> None:
    async def body() -> list[int]:
        own = Aside()
        with pytest.raises(ZeroDivisionError):
            await own.do(lambda: 1 // 0)
        return await asyncio.gather(*(own.do(lambda it=it: it * it) for it in range(50)))

    assert asyncio.run(body()) == [it * it for it in range(50)]


def test_one_thread_at_a_time() -> None:
    running: list[int] = []

    def work() -> int:
        running.append(1)
        time.sleep(0.001)
        most = len(running)
        running.pop()
        return most

    async def body() -> list[int]:
        own = Aside()
        return await asyncio.gather(*(own.do(work) for _ in range(20)))

    assert set(asyncio.run(body())) == {1}


def test_what_hangs_is_given_up_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a file system whose server is gone: the thread waits until the end of the test."""
    monkeypatch.setattr(aside, "PATIENCE", 0.1)
    mended = threading.Event()

    async def body() -> None:
        dead, sound = Aside(), Aside()
        hanging = [asyncio.ensure_future(dead.do(mended.wait)) for _ in range(3)]
        assert await sound.do(lambda: "read") == "read"
        done = await asyncio.gather(*hanging, return_exceptions=True)
        assert [type(each) for each in done] == [TooSlow] * 3

        began = time.monotonic()
        for _ in range(20):  # whoever comes now does not wait again
            with pytest.raises(TooSlow):
                await dead.do(lambda: None)
        assert time.monotonic() - began < 1

        mended.set()
        while (await asyncio.gather(dead.do(lambda: "read"), return_exceptions=True)) != ["read"]:
            await asyncio.sleep(0.01)

    asyncio.run(body())


def test_the_broker_ends_while_a_thread_hangs() -> None:
    async def body() -> None:
        hanging = asyncio.ensure_future(Aside().do(threading.Event().wait))
        await asyncio.sleep(0)
        hanging.cancel()

    asyncio.run(body())
    assert all(each.daemon for each in threading.enumerate() if each is not threading.main_thread())

"""A second socket of the broker, below /tmp: for builds that do not see the first.

opam's sandbox has an empty /run and no /sys, but it shares /tmp, the environment and the PID
namespace: a job inside it is asked for, placed, watched and ended from outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Awaitable, Callable

from rocqshim.broker.lifetime import BACKLOG, Listening, remove_dead
from rocqshim.launch.place import Unusable, make_private, temporary_folder

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Shared:
    """The second socket of the broker at ``place``; once open, until the broker leaves."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._listening: Listening | None = None
        self._accepting: asyncio.Server | None = None

    async def open(self, serve: Serve) -> str:
        """Listen there, too; gives the path. Raises Unusable."""
        folder = temporary_folder()
        if os.path.dirname(self._place) == folder:
            return self._place
        path = os.path.join(folder, f"shared-{_digest(self._place)}.sock")
        if self._listening is None or self._listening.is_taken() or not os.path.exists(path):
            make_private(folder)
            await self._listen(path, serve)
        return path

    async def _listen(self, path: str, serve: Serve) -> None:
        if self._accepting:
            # The folder was removed under it: nobody finds it any more. Before the new one is
            # bound, as asyncio removes a socket of the same inode (since Python 3.13).
            self._accepting.close()
            self._accepting = self._listening = None
        try:
            self._listening = Listening.at(path)
        except OSError as error:
            hint = f"Remove it: rm {path}"
            raise Unusable(f"{path}: {error.strerror}", hint) from None
        self._accepting = await asyncio.start_unix_server(
            serve, sock=self._listening.socket, backlog=BACKLOG
        )

    def close(self) -> None:
        """Take it away, unless it is another broker's by now; and those of killed brokers."""
        if self._listening and self._accepting:
            self._accepting.close()
            if not self._listening.is_taken():
                with contextlib.suppress(OSError):
                    os.unlink(self._listening.path)
        with contextlib.suppress(OSError, Unusable):
            folder = temporary_folder()
            remove_dead(folder)
            os.rmdir(folder)  # only when it is empty


def _digest(place: str) -> str:
    return hashlib.sha256(os.fsencode(place)).hexdigest()[:8]

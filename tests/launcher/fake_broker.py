"""A broker that lies, breaks off or says nothing, at ROCQSHIM_SOCKET."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from rocqshim.launch.wire import decode, encode

Behaviour = Callable[["Client"], None]


class Client:
    """One launcher that has connected, as the fake broker sees it."""

    def __init__(self, accepted: socket.socket) -> None:
        self._socket = accepted
        self._left = b""
        accepted.settimeout(20)

    def hear(self) -> tuple[str, list[tuple[str, str]]]:
        """Wait for a whole frame; ("", []) where the launcher has gone."""
        while b"\n" not in self._left:
            if not self._fill():
                return "", []
        head, _, self._left = self._left.partition(b"\n")
        while len(self._left) < int(head):
            if not self._fill():
                return "", []
        body, self._left = self._left[: int(head)], self._left[int(head) :]
        return decode(body)

    def say(self, verb: str, **fields: str) -> None:
        """Send a proper frame."""
        self.write(encode(verb, list(fields.items())))

    def write(self, data: bytes) -> None:
        """Send any bytes."""
        with contextlib.suppress(OSError):  # it had enough
            self._socket.sendall(data)

    def wait(self) -> None:
        """Say nothing until the launcher goes."""
        with contextlib.suppress(OSError):
            while self._socket.recv(65536):
                pass

    def close(self) -> None:
        self._socket.close()

    def _fill(self) -> bool:
        try:
            data = self._socket.recv(65536)
        except OSError:
            return False
        self._left += data
        return bool(data)


class FakeBroker:
    """Listens at ``path`` and behaves so to every launcher, in a thread for each."""

    def __init__(self, path: Path, behaviour: Behaviour) -> None:
        self.served = 0
        self._behaviour = behaviour
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more; once is enough."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listening.accept()
            except OSError:
                return
            self.served += 1
            threading.Thread(target=self._serve, args=(Client(accepted),), daemon=True).start()

    def _serve(self, client: Client) -> None:
        try:
            self._behaviour(client)
        finally:
            client.close()

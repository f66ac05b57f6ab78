"""One connection to the broker: frames out, frames in, never without a timeout."""

import _socket
import posix
import time

from rocqshim.launch.place import DOCTOR, Unusable, peer, seconds, user
from rocqshim.launch.program import say
from rocqshim.launch.wire import Garbled, decode, encode, length_of

# The broker sends a frame at least every 10 s to those who wait; without one for so long it
# hangs (or was stopped), and the build must go on without it.
SILENCE = seconds("ROCQSHIM_BROKER_TIMEOUT", 60)
FIRST_LOOK = 1.0  # seconds without a word until it is looked whether the broker was stopped
LONGEST_HEAD = 9  # bytes: the digits of wire.MAX_FRAME, and a little more

SIGN_OF_LIFE = encode("wait", [])

Frame = tuple[str, dict[str, str]]


class Gone(Exception):
    """The broker closed the connection, hangs, or does not speak our protocol."""


class Silent(Gone):
    """It has said nothing for so long that it hangs, or was stopped."""


class Contact:
    """A connection; ``ask`` sends one frame and waits for the one that answers it.

    Raises OSError where nobody listens, Unusable where somebody else does. ``pid``: the broker.
    patience: seconds without a word, after which it is Silent.
    """

    __slots__ = ("_left", "_patience", "_socket", "_unanswered", "path", "pid")

    def __init__(self, path: str, patience: float = SILENCE) -> None:
        self.path = path
        self._left = b""
        self._patience = patience
        self._unanswered = 0  # calls of check_life
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self._socket.settimeout(patience)
        try:
            self._connect()
        except OSError:
            self._socket.close()
            raise
        self._check_peer()

    def _connect(self) -> None:
        # EAGAIN: more launchers wait to be accepted than the kernel lets (net.core.somaxconn).
        # Taking that for "nobody listens" would start a second broker.
        deadline = time.monotonic() + SILENCE
        while True:
            try:
                return self._socket.connect(self.path)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Unusable(f"the broker is too busy for {SILENCE:g} s", DOCTOR) from None
                time.sleep(0.05)

    def _check_peer(self) -> None:
        # What it answers decides where we write our pid and whether the compiler runs at all.
        self.pid, uid = peer(self._socket)
        if uid not in (posix.getuid(), 0) and uid != user():
            self._socket.close()
            raise Unusable(
                f"{self.path} belongs to a process of user {uid}",
                "Set ROCQSHIM_SOCKET to a socket in a folder of your own, or unset it.",
            )

    def close(self) -> None:
        """Close the connection; to the broker this means that the job is over."""
        self._socket.close()

    def ask(self, verb: str, fields: list[tuple[str, str]]) -> Frame:
        """Send and receive. Raises Gone."""
        self.send(verb, fields)
        return self.receive()

    def send(self, verb: str, fields: list[tuple[str, str]]) -> None:
        """Send one frame. Raises Gone."""
        self._socket.settimeout(self._patience)
        try:
            self._socket.sendall(encode(verb, fields))
        except OSError as error:
            raise self._gone(error) from None

    def receive(self) -> Frame:
        """Wait for the next frame that asks something of us (``wait`` does not). Raises Gone."""
        while True:
            try:
                verb, fields = decode(self._body())
            except (OSError, Garbled) as error:
                raise self._gone(error) from None
            if verb != "wait":
                return verb, dict(fields)
            say(dict(fields).get("note", ""))

    def is_open(self) -> bool:
        """Look, without waiting, whether the broker still holds its end."""
        self._socket.settimeout(0)  # with a timeout, Python waits even under MSG_DONTWAIT
        try:
            return self._socket.recv(1, _socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def check_life(self, pause: float) -> None:
        """Ask for a sign of life, without waiting; to be called every ``pause`` seconds.

        Raises Gone; and Silent where none came for so long. Calls are counted and not seconds: a
        launcher that was stopped together with its broker has waited for nothing.
        """
        self._unanswered = 0 if self._has_answered() else self._unanswered + 1
        if (self._unanswered - 1) * pause >= self._patience:
            raise self._silent()
        if self._unanswered:
            self._refuse_stopped()
        self.send("alive", [])

    def _has_answered(self) -> bool:
        self._socket.settimeout(0)
        try:
            self._fill()
        except BlockingIOError:
            return False
        except OSError as error:
            raise self._gone(error) from None
        self._left = self._left.replace(SIGN_OF_LIFE, b"")
        return True

    def _body(self) -> bytes:
        while b"\n" not in self._left[: LONGEST_HEAD + 1]:
            if len(self._left) > LONGEST_HEAD:
                raise Garbled("no frame")
            self._fill_in_time()
        head, _, self._left = self._left.partition(b"\n")
        length = length_of(head)
        while len(self._left) < length:
            self._fill_in_time()
        body, self._left = self._left[:length], self._left[length:]
        return body

    def _fill(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise Gone("the broker closed the connection")
        self._left += data

    def _fill_in_time(self) -> None:
        """Wait for data. Raises Silent when there was none for so long, or can be none."""
        wait = waited = min(FIRST_LOOK, self._patience)
        while True:
            self._socket.settimeout(wait)
            try:
                return self._fill()
            except TimeoutError:
                self._refuse_stopped()
            if waited >= self._patience:
                raise self._silent()
            wait = min(waited, self._patience - waited)  # looked at after 1, 2, 4, 8 … s
            waited += wait

    def _refuse_stopped(self) -> None:
        from rocqshim.launch.silent import is_stopped  # only when it is slow

        if is_stopped(self.pid):
            raise Silent("the broker was stopped")

    def _silent(self) -> Silent:
        return Silent(f"the broker said nothing for {self._patience:g} s")

    def _gone(self, error: Exception) -> Gone:
        if isinstance(error, TimeoutError):
            return self._silent()
        if isinstance(error, OSError):
            return Gone(f"the broker closed the connection ({error.strerror})")
        return Gone(f"the broker cannot be understood: {error}")

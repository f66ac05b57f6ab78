"""What a compiler writes on stderr, passed on as it comes and copied to a log of its own.

Off the usual path: imported only where the setting ``stderr-logs`` asks for it. The compiler gets
a pipe in place of our stderr, which a thread of ours empties. Where stdout and stderr are the same
(one terminal, 2>&1) it stands for both, so that the order of what was written is kept.
"""

import _thread
import fcntl
import os
import select
import sys

from rocqshim.launch.child import PASSED_ON, TAKEN, die_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal  # typeshed has no stub of the C module
else:
    import _signal

PIECE = 65536  # bytes; the default capacity of a pipe
FIONREAD = 0x541B  # of <asm-generic/ioctls.h>; `termios` is one more module to load
LOOK = 0.05  # seconds between two looks for a signal, while nobody takes what we pass on


class Log:
    """The log at ``path``: made with its first byte, so that there are no empty ones.

    The first ``attempt`` removes what is there, a later one adds to it. ``problem`` says why
    nothing could be written, or is "".
    """

    def __init__(self, path: str, attempt: int) -> None:
        self.problem = ""
        self._path = path
        self.descriptor = -1
        self._head = b"rocq-exec: attempt %d\n" % attempt if attempt > 1 else b""
        if attempt == 1:
            self._remove()

    def write(self, data: bytes) -> None:
        """Add ``data``; it never fails the build."""
        try:
            if not self.problem:
                write_all(self._open(), data)
        except OSError as error:
            self.problem = error.strerror or str(error)

    def close(self) -> None:
        """Close it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)

    def _open(self) -> int:
        if self.descriptor < 0:
            _make_folder(os.path.dirname(self._path))
            # Not blocking: something that is there may be a named pipe, which nobody reads. And
            # what was there is removed: a link that is there now was planted.
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOCTTY | os.O_NONBLOCK
            flags |= os.O_NOFOLLOW
            self.descriptor = os.open(self._path, flags, 0o666)
            write_all(self.descriptor, self._head)
        return self.descriptor

    def _remove(self) -> None:
        try:
            os.unlink(self._path)
        except (FileNotFoundError, NotADirectoryError):
            pass  # the second is a problem only if there is something to write
        except OSError as error:
            self.problem = error.strerror or str(error)


class Copy:
    """One attempt's stderr on its way to ours and to the log at ``path``."""

    def __init__(self, path: str, attempt: int) -> None:
        self._log = Log(path, attempt)
        self._readable, self._writable = os.pipe()
        self._wake, self._waker = os.pipe()
        self._copied = _thread.allocate_lock()
        self._is_left = False  # somebody still has the pipe, after the compiler's end
        self._is_both = sys.stdout is not None and is_same(1, 2)

    def take_over(self) -> None:
        """In the child: write into the pipe."""
        os.dup2(self._writable, 2)
        if self._is_both:
            os.dup2(self._writable, 1)

    def start(self) -> None:
        """Begin to copy. Called after the fork, as a forked thread is a dead one."""
        os.close(self._writable)
        self._copied.acquire()
        _thread.start_new_thread(self._copy, ())

    def give_up(self) -> None:
        """Let go of everything, before `start`."""
        for opened in (self._readable, self._writable, self._wake, self._waker):
            os.close(opened)

    def end(self) -> str:
        """The compiler has ended: pass on what it wrote. Gives why there is no log, or "".

        A background process that it left may write on: a copy of ourselves stays for that one, as
        without us it would have our stderr and keep whoever reads that waiting.
        """
        os.close(self._waker)
        if not self._copied.acquire(True, LOOK):
            self._wait_for_reader()
        if self._is_left:
            self._leave_behind()
        os.close(self._wake)
        if self._readable >= 0:
            os.close(self._readable)
        self._log.close()
        return self._log.problem

    def _wait_for_reader(self) -> None:
        # Nobody reads our stderr: a signal ends us, as it would have ended the compiler.
        while _signal.sigtimedwait(TAKEN, 0):
            pass  # from before its end, and meant for it
        while not self._copied.acquire(True, LOOK):
            if info := _signal.sigtimedwait(PASSED_ON, 0):
                die_by(info.si_signo)

    def _copy(self) -> None:
        try:
            while self._is_readable() and self._pass_on(PIECE):
                pass
            self._finish()
        finally:
            self._copied.release()

    def _is_readable(self) -> bool:
        """Wait for output; False: the compiler has ended."""
        poll = select.poll()
        poll.register(self._readable, select.POLLIN)
        poll.register(self._wake, 0)  # POLLHUP comes all the same
        return all(ready == self._readable for ready, _ in poll.poll())

    def _finish(self) -> None:
        """Pass on the bytes that are in the pipe now, and no more."""
        if self._readable < 0:
            return
        left = bytes_in(self._readable)
        while left > 0 and self._readable >= 0:
            left -= self._pass_on(min(left, PIECE))
        poll = select.poll()
        poll.register(self._readable, select.POLLIN)
        self._is_left = self._readable >= 0 and poll.poll(0) != [(self._readable, select.POLLHUP)]

    def _pass_on(self, size: int) -> int:
        """Copy at most ``size`` bytes; gives how many, 0 at the end."""
        data = os.read(self._readable, size)
        if not data:
            return 0
        self._log.write(data)
        try:
            write_all(2, data)
        except OSError:
            # Nobody reads ours: the compiler shall notice it by SIGPIPE, as it would without us.
            os.close(self._readable)
            self._readable = -1
            return 0
        return len(data)

    def _leave_behind(self) -> None:
        try:
            pid = os.fork()
        except OSError:
            return  # its next byte kills it: there is nothing else that we could do
        if pid:
            return
        try:
            self._keep_only()
            os.chdir("/")
            while self._pass_on(PIECE):
                pass
        finally:
            os._exit(0)

    def _keep_only(self) -> None:
        # Above all not the broker's socket, stdout, or the jobserver of a make.
        kept = {2, self._readable, self._log.descriptor}
        for name in os.listdir("/proc/self/fd"):
            if int(name) not in kept:
                try:
                    os.close(int(name))
                except OSError:
                    pass  # the listing's own descriptor


def _make_folder(path: str) -> None:
    try:
        os.makedirs(path, exist_ok=True)
    except FileExistsError:
        pass  # a file: "not a directory", says the kernel right afterwards


def write_all(target: int, data: bytes) -> None:
    """Write all of it, however slow who reads it is. Raises OSError."""
    while data:
        try:
            data = data[os.write(target, data) :]
        except BlockingIOError:  # somebody has made the terminal non-blocking
            poll = select.poll()
            poll.register(target, select.POLLOUT)
            poll.poll()


def bytes_in(pipe: int) -> int:
    """How many bytes are in a pipe."""
    waits = bytearray(4)
    fcntl.ioctl(pipe, FIONREAD, waits)
    return int.from_bytes(waits, sys.byteorder)


def is_same(one: int, other: int) -> bool:
    """Tell whether two descriptors are one stream, whose order is to be kept; /dev/null is none."""
    first, second = os.fstat(one), os.fstat(other)
    is_null = first.st_rdev == os.makedev(1, 3)
    return (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino) and not is_null

"""The child: forked and held, placed, let go, waited for; and how we end as it did."""

import posix
import sys

from rocqshim.launch.system import variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal  # typeshed has no stub of the C module
    from collections.abc import Callable

    Run = Callable[[], None]
else:
    import _signal


# Signals that we take while a child runs, as they would end us. CHLD wakes us; the others are
# passed on.
PASSED_ON = frozenset((
    _signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM,
    _signal.SIGUSR1, _signal.SIGUSR2, _signal.SIGALRM,
))  # fmt: skip
TAKEN = PASSED_ON | {_signal.SIGCHLD}
# Of these a compiler is asked to end: OCaml's catches the first, and exits with 1.
ENDING = frozenset((_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM))
TICK = 5.0  # seconds between two looks at the broker's end of the socket
SI_KERNEL = 0x80  # si_code of a Ctrl-C: the terminal sent it to the whole foreground group
BY_TERMINAL = (_signal.SIGINT, _signal.SIGQUIT, _signal.SIGHUP)  # a timer's ALRM is SI_KERNEL too
COERCED = ("C.UTF-8", "C.utf8", "UTF-8")  # what Python makes of LC_CTYPE in the C locale


class Child:
    """A forked child that waits on a pipe until it has been placed in its job cgroup.

    Memory is charged to the cgroup in which it is first touched and stays there (kernel:
    cgroup-v2, "Memory Ownership"), so placement comes before exec.
    """

    __slots__ = ("_gate", "_mask", "_own", "asked_to_end", "maxrss", "pid")

    def __init__(self, run: "Run") -> None:
        self.asked_to_end = 0  # the signal that came for that while it ran, if any
        self.maxrss = 0  # KiB that it had at the most, once it has ended; 0: not known
        self._own = 0  # KiB that we had ourselves; 0: nobody asks for its
        readable, self._gate = posix.pipe()
        # Blocked from before the fork until our end, so that no signal is lost between two
        # waits; the child gets the caller's mask back.
        self._mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, TAKEN)
        self.pid = posix.fork()
        if self.pid == 0:
            posix.close(self._gate)
            _wait_at(readable)
            run()
        posix.close(readable)

    def let_go(self) -> None:
        """Let it become the compiler."""
        try:
            posix.write(self._gate, b"g")
        except BrokenPipeError:
            pass  # killed while it was held: wait() tells
        posix.close(self._gate)

    def measure(self) -> None:
        """Have ``maxrss`` at its end."""
        # wait4 would import it, which takes 1 ms: better now, while the child runs.
        import resource

        self._own = _had_ourselves() or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def give_up(self) -> None:
        """End it before it has become anything; a signal may end us again while we queue."""
        posix.close(self._gate)
        posix.waitpid(self.pid, 0)
        self.restore_mask()

    def restore_mask(self) -> None:
        """Let signals end us; also those that came while they were blocked."""
        _signal.pthread_sigmask(_signal.SIG_SETMASK, self._mask)

    def wait(self, on_tick: "Run") -> int:
        """Wait for its end, passing signals on; ``on_tick`` is called every few seconds.

        Returns the wait status (posix.WIFSIGNALED and friends).
        """
        while True:
            pid, status = self._reap()
            if pid:
                # What the terminal sends may have ended it before we have looked at ours.
                self.asked_to_end = max(ENDING & _signal.sigpending(), default=self.asked_to_end)
                return status
            info = _signal.sigtimedwait(TAKEN, TICK)
            if info is None:
                on_tick()
                continue
            if info.si_signo in ENDING:
                self.asked_to_end = info.si_signo
            if info.si_signo in PASSED_ON and not _has_it_too(info):
                self._pass_on(info.si_signo)

    def _reap(self) -> tuple[int, int]:
        if not self._own:
            return posix.waitpid(self.pid, posix.WNOHANG)
        pid, status, used = posix.wait4(self.pid, posix.WNOHANG)
        # Before its exec it was a copy of us: what is no more than that tells nothing of it.
        self.maxrss = used.ru_maxrss if used.ru_maxrss > self._own else 0
        return pid, status

    def _pass_on(self, number: int) -> None:
        try:
            posix.kill(self.pid, number)
        except ProcessLookupError:
            pass  # it has just ended


def _has_it_too(info: "_signal.struct_siginfo") -> bool:
    # What the terminal sends goes to the whole group, except when its window is closed: SIGHUP
    # is for the leader of the session alone, which we are in `xterm -e rocq-exec …`. An alarm()
    # of the caller comes to us alone: it outlives exec, and fork clears it for the child.
    to_leader = info.si_signo == _signal.SIGHUP and posix.getsid(0) == posix.getpid()
    return info.si_code == SI_KERNEL and info.si_signo in BY_TERMINAL and not to_leader


def _had_ourselves() -> int:
    """Give the KiB that we had at the most, 0 where /proc does not say so.

    Our ru_maxrss is that of who started us by vfork, too: it borrowed us its memory until our exec
    (kernel: exec_mmap), and a build tool may have more than any compiler.
    """
    try:
        with open("/proc/self/status", "rb") as file:
            found = file.read().partition(b"\nVmHWM:")[2]
    except OSError:
        return 0
    return int(found.partition(b"kB")[0] or 0)


def _wait_at(readable: int) -> None:
    if posix.read(readable, 1) != b"g":
        posix._exit(125)  # the launcher died before we were placed
    posix.close(readable)


class Dispositions:
    """The signal mask and dispositions of the caller, which the compiler must find again."""

    __slots__ = ("_chld", "_mask")

    def __init__(self) -> None:
        self._mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, ())
        if "pipe" in sys._xoptions and _signal.SIGPIPE in self._mask:
            _signal.sigtimedwait((_signal.SIGPIPE,), 0)  # the script has sent it, to see
        self._chld = _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)  # ignored: no wait status
        if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
            _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # while we queue, Ctrl-C just ends us

    def restore(self) -> None:
        """Undo what we and the interpreter changed. Called right before exec."""
        if sys._xoptions.get("pipe") != "ignored":  # by the caller, says the script rocq-exec
            _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)  # ignored since Python's start
        _signal.signal(_signal.SIGXFSZ, _signal.SIG_DFL)
        _signal.signal(_signal.SIGCHLD, self._chld)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, self._mask)
        if variable("LC_CTYPE") in COERCED:
            _restore_locale()


def _restore_locale() -> None:
    given = locale_given()
    if given is None:
        posix.unsetenv("LC_CTYPE")
    else:
        posix.putenv(b"LC_CTYPE", given)


def locale_given() -> "bytes | None":
    """The LC_CTYPE that our caller set; None if it set none."""
    # PEP 538: in the C locale Python sets LC_CTYPE for all its children. `-I` ignores the
    # variable that would switch it off.
    with open("/proc/self/environ", "rb") as file:
        given = file.read().split(b"\0")
    values = [entry[9:] for entry in given if entry.startswith(b"LC_CTYPE=")]
    return values[0] if values else None


def end_as(status: int) -> None:
    """End this process exactly as the wait ``status`` says: exit status, or the same signal."""
    if posix.WIFEXITED(status):
        posix._exit(posix.WEXITSTATUS(status))
    die_by(posix.WTERMSIG(status))


def die_by(number: int) -> None:
    """Die by signal ``number``, without a core of ours over the compiler's."""
    import resource  # not on the usual path: only a child killed by a signal gets here

    # 1 byte, not 0: systemd-coredump (a pipe in core_pattern) is given cores whatever the limit
    # is, except at 1, which the kernel takes for "none at all" (do_coredump).
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (min(1, hard) if hard >= 0 else 1, hard))
    if number not in (_signal.SIGKILL, _signal.SIGSTOP):
        _signal.signal(number, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, {number})
    posix.kill(posix.getpid(), number)
    posix._exit(128 + number)  # a signal whose default is to be ignored

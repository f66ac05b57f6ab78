"""One job, from asking the broker to the end of the compiler: the launcher's conversation.

    job →      ← go (or: pass, refuse, cancelled; `wait` while it queues)
    child →    ← placed
    end →      ← done (or: queued, `wait` …, and `again`, which is another `go`; or: cancelled)

If the broker goes, a new one is started; it adopts the job cgroup by the ``adopt`` frame.
"""

import posix
import sys
import time

from rocqshim.launch.child import TICK, Child, die_by, end_as
from rocqshim.launch.contact import Contact, Gone, Silent
from rocqshim.launch.place import DOCTOR, Unusable, socket_path
from rocqshim.launch.program import execute, say
from rocqshim.launch.search import NoProgram
from rocqshim.launch.system import ENVIRON, fsdecode, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal  # typeshed has no stub of the C module
    from typing import NoReturn

    from rocqshim.launch.call import Call
    from rocqshim.launch.child import Dispositions
    from rocqshim.launch.stderr import Copy
else:
    import _signal

RELEASED = 0.1  # seconds until the sockets of a broker that was killed are gone
ATTEMPTS = 3  # brokers tried for one job before it runs without
LATER = 0.5  # seconds
ROCQSHIM_ERROR = 125
# Where the user has set one of the last three, the broker adds nothing of its own.
NAMES = (
    b"XDG_CONFIG_HOME", b"HOME", b"INSIDE_DUNE", b"DUNE_SOURCEROOT",
    b"OCAMLRUNPARAM", b"COQWORKMGR_SOCK", b"ROCQWORKMGR_SOCK",
)  # fmt: skip


def run_job(call: "Call", path: str, dispositions: "Dispositions") -> "NoReturn":
    """Run ``call`` as a job and end as it ended; without a broker, as ``enforce`` says."""
    job = Job(call, path, dispositions)
    try:
        job.run()
    except Unusable as why:
        from rocqshim.launch.fallback import without_broker

        without_broker(why, job.become)
    raise AssertionError("run() ends the process")


def reach() -> Contact:
    """Connect to the broker, starting one if none answers. Raises Unusable."""
    place = socket_path()
    try:
        return Contact(place)
    except OSError:
        from rocqshim.launch.start import contact_started

        return contact_started(place)


class Job:
    """What is known of one job while it runs."""

    __slots__ = (
        "_about", "_alone", "_contact", "_copy", "_dispositions",
        "_env", "_lost", "_name", "_path", "_words",
    )  # fmt: skip

    def __init__(self, call: "Call", path: str, dispositions: "Dispositions") -> None:
        self._words = call.words
        self._path = path
        self._dispositions = dispositions
        self._about = [*_about(call), ("path", path), ("terminal", "1" * posix.isatty(2))]
        self._name = ""
        self._env = ""
        self._lost = False  # the broker that we began with is gone
        self._alone = False  # the broker went, and no other took the job over
        self._copy: Copy | None = None  # of what the compiler writes on stderr
        self._contact: Contact

    def run(self) -> None:
        """Ask, run, end. Returns only by Unusable, before the compiler was started."""
        last = None
        for _ in range(ATTEMPTS):
            self._contact, self._lost = reach(), False
            try:
                self._attempt(*self._ask("job"))
            except Gone as why:
                self._leave(why)
                last = why
        raise Unusable(f"{last}, {ATTEMPTS} times", DOCTOR)

    def _ask(self, verb: str) -> tuple[str, dict[str, str]]:
        answer, fields = self._contact.ask(verb, self._about)
        while answer in ("look", "later"):
            if answer == "look":
                from rocqshim.launch.unlike import read_settings  # it does not see what we see

                answer, fields = self._contact.ask("settings", read_settings(fields))
            else:  # it can hold no more connections
                self._contact.close()
                time.sleep(LATER)
                self._contact = reach()
                answer, fields = self._contact.ask(verb, self._about)
        return answer, fields

    def _leave(self, why: Gone) -> None:
        if isinstance(why, Silent):
            from rocqshim.launch.silent import end_broker

            end_broker(self._contact, str(why))
        self._contact.close()
        # Of a process that is killed the kernel releases the sockets that were opened last first:
        # who connects again before it comes to the one that listens is reset (seen on Linux 6.18).
        time.sleep(RELEASED)

    def become(self) -> None:
        """Become the program, as the caller would have started it."""
        self._dispositions.restore()
        if self._name:
            posix.putenv("ROCQSHIM_JOB", self._name)  # a rocq-exec inside a job passes straight on
        for line in self._env.split("\n"):
            name, _, value = line.partition("=")
            if name and not variable(name):  # what the caller has set stays
                posix.putenv(name, value)
        execute(self._path, self._words)

    def _attempt(self, verb: str, fields: dict[str, str]) -> None:
        if verb == "refuse":
            _refuse(fields)
        say(fields.get("note", ""))
        if verb == "go" and "job" in fields:
            self._supervise(fields)
        elif verb == "pass":
            self._contact.close()
            self.become()
        elif verb == "cancelled":
            die_by(_signal.SIGTERM)
        else:
            raise Gone(f"the broker cannot be understood: {verb[:20]!r}")

    def _supervise(self, fields: dict[str, str]) -> None:
        attempt = 1
        while True:
            self._name, self._env = fields["job"], fields.get("env", "")
            self._about.append(("levels", fields.get("levels", "")))  # for `adopt`
            self._copy = _copy_to(fields.get("stderr", ""), attempt)
            child, status, used = self._run_child(fields)
            if status and self._has_manager() and self._has_lost_broker():
                # Its workers' manager went with the broker: it may have died of that (SIGPIPE,
                # or an anomaly for a worker). Without us it would have lived.
                child.restore_mask()
                raise Gone("the broker went, and with it the manager of its workers")
            verb, fields = self._report(status, used)
            say(fields.get("note", ""))
            if since := fields.get("clean"):
                from rocqshim.launch.unlike import clean

                clean(self._about, int(since), verb == "queued")
            attempt += 1
            if verb == "queued":
                self._about.append(("attempt", str(attempt)))
                # Nothing of ours runs now: a signal may end us, as while we queued first.
                child.restore_mask()
                verb, fields = self._contact.receive()
                say(fields.get("note", ""))
            if verb == "cancelled":
                die_by(_signal.SIGTERM)
            if verb != "again" or "job" not in fields:
                end_as(status)

    def _run_child(self, fields: dict[str, str]) -> tuple[Child, int, list[tuple[str, str]]]:
        before = posix.times()
        child = self._fork()
        try:
            self._place(child.pid, fields.get("procs", ""))
        except Gone:
            child.give_up()
            if self._copy:
                self._copy.give_up()
            raise
        began = f"{time.time():.6f}"  # before it can have written anything
        child.let_go()
        if self._copy:
            self._copy.start()
        if fields.get("measure"):
            child.measure()
        # For `adopt`.
        self._about += [("job", self._name), ("pid", str(child.pid)), ("began", began)]
        status = child.wait(self._look_after_broker)
        after = posix.times()  # of the children
        used = [("user", after[2] - before[2]), ("sys", after[3] - before[3])]
        told = [(key, f"{seconds:.2f}") for key, seconds in used]
        told.append(("maxrss", str(child.maxrss)))
        if child.asked_to_end:
            told.append(("signal", str(int(child.asked_to_end))))
        if self._copy and (problem := self._copy.end()):
            told.append(("unlogged", problem))
        return child, status, told

    def _fork(self) -> Child:
        try:
            return Child(self._become_child)
        except OSError as error:
            self._contact.close()
            fact = f"no process can be started ({error.strerror})"
            raise Unusable(fact, "Raise ulimit -u, or TasksMax of your session.") from None

    def _become_child(self) -> None:
        try:
            if self._copy:
                self._copy.take_over()
            self.become()
        except NoProgram as error:
            say(str(error))
            posix._exit(error.status)

    def _place(self, pid: int, procs: str) -> None:
        if procs and _write_pid(procs, pid):
            self._contact.send("child", [("pid", str(pid)), ("placed", "1")])
            return
        verb, fields = self._contact.ask("child", [("pid", str(pid)), ("placed", "")])
        if verb == "refuse":
            posix.kill(pid, _signal.SIGKILL)
            _refuse(fields)
        say(fields.get("note", ""))
        if verb != "placed":
            raise Gone(f"the broker cannot be understood: {verb[:20]!r}")

    def _report(self, status: int, used: list[tuple[str, str]]) -> tuple[str, dict[str, str]]:
        for _ in range(ATTEMPTS):
            try:
                return self._contact.ask("end", [("status", str(status)), *used])
            except Gone as why:
                if not self._reconnect(why):
                    break
        return "done", {}

    def _look_after_broker(self) -> None:
        if self._alone:
            return
        try:
            self._check_broker()
        except Gone as why:
            self._alone = not self._reconnect(why)

    def _check_broker(self) -> None:
        if self._has_manager():
            # Stopped, it would let the compiler wait for a core for ever: it must answer, too.
            self._contact.check_life(TICK)
        elif not self._contact.is_open():
            raise Gone

    def _has_manager(self) -> bool:
        return "WORKMGR_SOCK" in self._env

    def _has_lost_broker(self) -> bool:
        return self._lost or not self._contact.is_open()

    def _reconnect(self, why: Gone) -> bool:
        """Register the job with a new broker; without one it runs on alone, inside its limits."""
        self._lost = True
        for _ in range(ATTEMPTS):
            try:
                self._leave(why)
                self._contact = reach()
                return self._ask("adopt")[0] == "adopted"
            except Gone as again:
                why = again
            except Unusable:
                break
        return False


def _refuse(fields: dict[str, str]) -> "NoReturn":
    from rocqshim.launch.once import say_once  # each file of the build is refused for one reason

    if fields.get("note"):
        say_once(fields["note"])
    posix._exit(ROCQSHIM_ERROR)


def _copy_to(path: str, attempt: int) -> "Copy | None":
    """The way to the log at ``path``; None without one, or where the caller has closed stderr."""
    if not path or sys.stderr is None:
        return None
    from rocqshim.launch.stderr import Copy  # only where it was asked for

    return Copy(path, attempt)


def _write_pid(procs: str, pid: int) -> bool:
    # Allowed where we live below user@.service (a desktop terminal) or are root; from an ssh
    # session the common ancestor is root's, and the broker asks the user manager instead.
    try:
        gate = posix.open(procs, posix.O_WRONLY)
    except OSError:
        return False
    try:
        posix.write(gate, b"%d" % pid)
    except OSError:
        return False
    finally:
        posix.close(gate)
    return True


def _about(call: "Call") -> list[tuple[str, str]]:
    about = [*_place(), ("kind", call.kind or ""), ("file", call.file)]
    about += [("env", fsdecode(b"%s=%s" % item)) for item in ENVIRON.items() if _is_ours(item[0])]
    return about + [("arg", word) for word in call.words[:1000]]


def _place() -> list[tuple[str, str]]:
    """Where we are, and which folder that is to us: the broker may see another one there."""
    try:
        here = posix.stat(".")
        return [("cwd", posix.getcwd()), ("at", f"{here.st_dev}:{here.st_ino}")]
    except OSError:
        return [("cwd", "/")]  # removed under us: the compiler will say what it thinks of that


def _is_ours(key: bytes) -> bool:
    return key.startswith((b"ROCQSHIM_", b"SLURM_JOB_ID")) or key in NAMES

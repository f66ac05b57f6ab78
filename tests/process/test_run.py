"""``rocqshim run``: fidelity to the command, the log, the summary."""

from __future__ import annotations

import os
import pty
import re
import signal
import sys
from typing import Any

import pytest

from .installed import Installed, eventually, parent_of

MAKEFILE = "COQC ?= coqc\nall: a.vo b.vo\n%.vo: %.v ; $(COQC) $<\n"
# Writes bytes that are no text to both streams, several times.
BYTES = """\
import os
for _ in range(500):
    os.write(1, bytes(range(256)))
    os.write(2, b"\\xff\\0e\\r\\n")
"""
SUMMARY = re.compile(rb"rocqshim: [^\n]*\n\Z")


def binary(here: Installed, *words: str, **options: Any) -> tuple[int, bytes, bytes]:  # noqa: ANN401
    """Run to the end; status, stdout and stderr in bytes."""
    process = here.start("run", *words, text=False, **options)
    out, err = process.communicate(timeout=60)
    return process.returncode, out or b"", err or b""


# The build -----------------------------------------------------------------------------------


def test_a_real_build_is_limited_and_summed_up(here: Installed) -> None:
    here.settings('memory-max = "4G"')
    here.write("Makefile", MAKEFILE)
    for name in "ab":
        here.write(f"{name}.v", "Definition x := 1.\n")

    done = here.run("run", "--", "make", "-j2")

    assert done.returncode == 0
    assert (here.work / "a.vo").exists() and (here.work / "b.vo").exists()
    jobs = done.stderr.splitlines()[-1]
    shape = r"rocqshim: 2 jobs in \S+ s: all done; .*memory-max 4G \(rocq-work\.slice, watchdog\)"
    assert re.fullmatch(shape, jobs), jobs


def test_folders_without_settings_are_one_build_in_one_slice(here: Installed) -> None:
    for name in ("one", "two"):
        here.write(f"{name}/_CoqProject", "")
    script = "(cd one; rocq-exec true); (cd two; rocq-exec true)"

    done = here.run("run", "--", "sh", "-c", script)

    line = done.stderr.splitlines()[-1]
    assert line.startswith("rocqshim: 2 jobs in ") and "(rocq-work.slice, watchdog)" in line
    assert line.count(".slice") == 1


def test_a_run_within_a_run_is_summed_up_by_the_outer_one(here: Installed) -> None:
    inner = "rocqshim run -- rocq-exec true"

    done = here.run("run", "--", "sh", "-c", f"rocq-exec true; {inner} 2>inner; exit 3")

    assert done.returncode == 3
    assert "rocqshim: 2 jobs in " in done.stderr
    assert (here.work / "inner").read_text() == ""


@pytest.mark.parametrize("how", ["exec", "setsid -w", "rocqshim run --"])
def test_a_build_whose_environment_was_cleared_is_summed_up(here: Installed, how: str) -> None:
    here.write("Makefile", "twice: ; @rocq-exec true; rocq-exec true\n")
    kept = [f"{name}={here.env[name]}" for name in ("PATH", "HOME", "XDG_RUNTIME_DIR")]
    done = here.run("run", "--", "env", "-i", *kept, "sh", "-c", f"{how} make twice")

    said = [line for line in done.stderr.splitlines() if line.startswith("rocqshim: ")]
    assert len(said) == 1 and said[0].startswith("rocqshim: 2 jobs in "), done.stderr


def test_what_was_killed_is_named(here: Installed) -> None:
    run = here.start("run", "--", "sh", "-c", "rocq-exec sleep 61; rocq-exec false; true")
    eventually(here.jobs)
    here.run("stop")

    _, err = run.communicate(timeout=60)

    assert run.returncode == 0
    assert re.search(r"rocqshim: 2 jobs in \S+ s: 1 failed, 1 cancelled;", err)
    assert err.endswith("rocqshim: failed: false (exit 1)\nrocqshim: cancelled: sleep\n")


# coqc catches SIGINT and exits with 1, as for an error in the file.
INTERRUPTED = "import time\ntry: time.sleep(60)\nexcept KeyboardInterrupt: raise SystemExit(1)"


@pytest.mark.parametrize("whom", ["all", "the launcher"])
def test_a_ctrl_c_is_no_failure(here: Installed, whom: str) -> None:
    here.write("caught.py", INTERRUPTED)
    script = f"trap : INT; rocq-exec {sys.executable} caught.py; exit 3"
    run = here.start("run", "--", "sh", "-c", script, start_new_session=True)
    (job,) = eventually(here.jobs)
    if whom == "all":  # as a terminal does it
        os.killpg(run.pid, signal.SIGINT)
    else:
        os.kill(parent_of(job["pid"]), signal.SIGINT)

    _, err = run.communicate(timeout=60)

    assert run.returncode == 3
    assert re.search(r"rocqshim: 1 job in \S+ s: 1 cancelled;", err)
    assert "failed" not in err


def test_what_waits_when_it_is_stopped_is_counted(here: Installed) -> None:
    here.settings("jobs = 1")
    run = here.start("run", "--", "sh", "-c", "rocq-exec sleep 61 & rocq-exec sleep 62; wait")
    eventually(lambda: here.jobs() and here.waiting())
    here.run("stop")

    _, err = run.communicate(timeout=60)

    assert re.search(r"rocqshim: 2 jobs in \S+ s: 2 cancelled;", err)


def test_what_was_refused_was_called(here: Installed) -> None:
    here.settings('enforce = "require"\nmemory-max = "4G"')

    err = here.run("run", "--", "sh", "-c", "rocq-exec true; rocq-exec true").stderr

    assert re.search(r"rocqshim: 2 jobs in \S+ s: 2 refused\n", err)
    assert "no compiler was called" not in err


def test_a_job_that_ends_after_its_build_is_counted(here: Installed) -> None:
    """dune kills its actions at Ctrl-C, and ends before they have."""
    here.job("true").communicate()  # a broker is there
    err = here.run("run", "--", "sh", "-c", "rocq-exec sleep 0.9 & sleep 0.5").stderr

    assert "rocqshim: 1 job in " in err


def test_jobs_in_other_projects_are_counted_too(here: Installed) -> None:
    here.settings('memory-max = "3G"', "one")
    here.settings('memory-max = "2G"', "two")
    script = "cd one && rocq-exec true; cd ../two && rocq-exec true"

    err = here.run("run", "--", "sh", "-c", script).stderr

    assert "rocqshim: 2 jobs in " in err
    assert "3G (rocq-one.slice, watchdog)" in err and "2G (rocq-two.slice, watchdog)" in err


def test_a_build_without_compilers_says_so(here: Installed) -> None:
    here.job("true").communicate()

    err = here.run("run", "true").stderr

    assert "no compiler was called through rocq-exec" in err


def test_without_any_broker_there_is_no_summary_and_no_error(here: Installed) -> None:
    done = here.run("run", "--", "true")

    assert done.returncode == 0
    assert done.stderr.startswith("rocqshim: no summary after ")
    assert not here.sockets()


def test_a_broker_that_died_is_no_error_of_the_build(here: Installed) -> None:
    here.job("true").communicate()
    pid = here.broker()

    done = here.run("run", "--", "sh", "-c", f"kill -9 {pid}; exit 4")

    assert done.returncode == 4
    assert "rocqshim: no summary after " in done.stderr
    here.job("true").communicate()  # the next one replaces the socket


def test_the_profile_reaches_the_jobs(here: Installed) -> None:
    here.settings('[tool.rocqshim.profiles.tiny]\nmemory-max = "1G"')

    err = here.run("run", "--profile", "tiny", "--", "rocq-exec", "true").stderr

    assert "memory-max 1G (rocq-work.slice" in err


def test_enforce_off_is_said(here: Installed) -> None:
    here.settings('enforce = "off"')

    done = here.run("run", "--", "sh", "-c", "echo ${COQC-unset}; rocq-exec true")

    assert done.stdout == "unset\n"
    assert done.stderr == "rocqshim: nothing was limited: enforce = off (pyproject.toml:2)\n"


# Nothing is started half ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--log", "/nowhere/build.log", "touch", "x"], 1, "/nowhere/build.log cannot be opened"),
        (["--log", ".", "touch", "x"], 1, "Is a directory"),
        (["--log", "fifo", "touch", "x"], 1, "fifo cannot be opened"),
        (["--profile", "nonesuch", "touch", "x"], 2, "nonesuch"),
        ([], 2, "There is no command to run"),
        (["--"], 2, "There is no command to run"),
    ],
)
def test_what_is_wrong_is_said_before_anything_starts(
    here: Installed, words: list[str], status: int, said: str
) -> None:
    os.mkfifo(here.work / "fifo")

    done = here.run("run", *words)

    assert done.returncode == status
    assert said in done.stderr and "Traceback" not in done.stderr
    assert not (here.work / "x").exists()


@pytest.mark.parametrize("words", ["--stderr-logs logs true", "opam", "true"])
def test_a_folder_that_was_removed_is_said(here: Installed, words: str) -> None:
    done = here.popen(["sh", "-c", f"mkdir gone; cd gone; rmdir ../gone; rocqshim run {words}"])

    _, err = done.communicate(timeout=30)

    assert done.returncode == 1
    assert re.fullmatch(r"rocqshim: The current .* cannot be used: No such file.*\n  .*\n", err)


def test_broken_settings_stop_it(here: Installed) -> None:
    here.settings("memory-max = 'much'")

    done = here.run("run", "touch", "x")

    assert done.returncode == 1 and "pyproject.toml:2" in done.stderr
    assert not (here.work / "x").exists()


def test_a_command_that_is_missing_or_no_program(here: Installed) -> None:
    here.write("text", "no program")
    here.write("log", "of the last build")

    assert here.run("run", "--log", "log", "nonesuch").returncode == 127
    assert here.run("run", "--log", "log", "./text").returncode == 126
    assert (here.work / "log").read_text() == "of the last build"


@pytest.mark.parametrize("log", [[], ["--log", "log"]])
def test_a_script_without_an_interpreter_is_the_shells(here: Installed, log: list[str]) -> None:
    here.write("build.sh", 'echo "$0 $1"; exit 5\n').chmod(0o755)

    done = here.run("run", *log, "--", "./build.sh", "a b")

    assert (done.returncode, done.stdout) == (5, "./build.sh a b\n")


# Fidelity ------------------------------------------------------------------------------------


@pytest.mark.parametrize("log", [[], ["--log", "log"]])
@pytest.mark.parametrize("status", [0, 7, 255])
def test_the_exit_status_is_the_commands(here: Installed, log: list[str], status: int) -> None:
    assert here.run("run", *log, "--", "sh", "-c", f"exit {status}").returncode == status


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGINT])
def test_it_dies_by_the_signal_of_the_command(here: Installed, number: int) -> None:
    done = here.run("run", "--log", "log", "--", "sh", "-c", f"kill -{int(number)} $$")

    assert done.returncode == -number
    assert "rocqshim: " in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("log", [[], ["--log", "log"]])
def test_a_signal_is_passed_on(here: Installed, number: signal.Signals, log: list[str]) -> None:
    script = f"trap 'echo got it; exit 3' {number.name[3:]}; echo up; while :; do sleep 0.05; done"
    run = here.start("run", *log, "--", "sh", "-c", script)
    assert run.stdout and run.stdout.readline() == "up\n"

    run.send_signal(number)
    out, _ = run.communicate(timeout=30)

    assert (out, run.returncode) == ("got it\n", 3)


def test_stdin_is_the_commands(here: Installed) -> None:
    assert here.run("run", "cat", input="over\n").stdout == "over\n"


def test_streams_are_untouched_without_a_log(here: Installed) -> None:
    script = "import os; print([os.fstat(n).st_ino for n in (0, 1, 2)])"
    run = here.start("run", "--", sys.executable, "-c", script)
    assert run.stdin and run.stdout and run.stderr
    own = [os.fstat(pipe.fileno()).st_ino for pipe in (run.stdin, run.stdout, run.stderr)]

    out, _ = run.communicate(timeout=30)

    assert out == f"{own}\n"


@pytest.mark.parametrize("log", [[], ["--log", "log"]])
@pytest.mark.parametrize("given", [None, "C", "C.UTF-8"])
def test_the_locale_is_the_callers(here: Installed, log: list[str], given: str | None) -> None:
    """gcc, ls and sort write other bytes in UTF-8, which Python chooses in the C locale."""
    env = {"LC_ALL": None, "LANG": None, "LC_CTYPE": given}

    done = here.run("run", *log, "--", "sh", "-c", "echo ${LC_CTYPE-unset}", env=env)

    assert done.stdout == f"{given or 'unset'}\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_closed_for_the_command_and_no_crash(
    here: Installed, closed: str
) -> None:
    look = "ls -l /proc/self/fd | grep -c '[0-9] [0-2] ->' >found; kill -9 $$"
    here.write("look", f"{look}\n")
    here.write("without", f"sh look {closed}\n")
    here.write("with", f"exec {here.bin}/rocqshim run -- sh look {closed}\n")

    here.popen(["sh", "without"]).communicate(timeout=30)
    expected = (here.work / "found").read_text()
    done = here.popen(["sh", "with"])
    out, err = done.communicate(timeout=30)

    assert done.returncode == -signal.SIGKILL, err
    assert (here.work / "found").read_text() == expected
    assert out == "" and "unexpected" not in err


def test_without_stderr_an_error_is_not_written_to_stdout(here: Installed) -> None:
    done = here.popen(["sh", "-c", f"{here.bin}/rocqshim run 2>&-"])

    assert done.communicate(timeout=30) == ("", "")
    assert done.returncode == 2


def test_the_jobserver_of_a_make_above_is_kept(here: Installed) -> None:
    here.write("inner.mk", "all: ; @echo '$(MAKEFLAGS)'\n")
    here.write("Makefile", "all: ; +@rocqshim run -- $(MAKE) -f inner.mk\n")

    make = here.popen(["make", "-j3"])
    out, err = make.communicate(timeout=60)

    assert "--jobserver" in out and "-j3" in out
    assert "warning" not in err


@pytest.mark.parametrize("setting", ["", "jobs = 7", 'jobs = "infinity"', 'profile = "aggressive"'])
@pytest.mark.parametrize(("flags", "words"), [("", []), ("k", []), ("", ["-kj3"]), ("-j5", [])])
def test_make_gets_the_flags_that_its_caller_gave(
    here: Installed, flags: str, words: list[str], setting: str
) -> None:
    here.settings(setting)
    here.write("Makefile", "all: ; @echo '$(MAKEFLAGS)'\n")
    env = {"MAKEFLAGS": flags}

    done = here.run("run", "--", "make", *words, env=env)

    assert done.stdout == here.popen(["make", *words], env=env).communicate()[0]


@pytest.mark.parametrize(
    ("words", "jobs"), [([], f"-j{len(os.sched_getaffinity(0))}"), (["-kj3"], "-j3")]
)
def test_make_gets_a_j_where_the_settings_ask_for_it(
    here: Installed, words: list[str], jobs: str
) -> None:
    here.settings('jobs = "auto"')
    here.write("Makefile", "all: ; @echo '$(MAKEFLAGS)'\n")

    assert jobs in here.run("run", "--", "make", *words).stdout.split()


def test_the_compilers_are_wrapped_for_the_build(here: Installed) -> None:
    script = 'echo "$COQC"; echo "$COQCHK"; echo "$ROCQ_EXEC"; echo ${#ROCQSHIM_BUILD}'

    out = here.run("run", "--", "sh", "-c", script, env={"COQC": "coqc -w all"}).stdout

    own = str(here.bin / "rocq-exec")
    words = f"{here.env['XDG_STATE_HOME']}/rocqshim/rocq-exec/by-name"
    assert out.splitlines() == [f"{words}/coqc -w all", f"{words}/coqchk", own, "14"]


# At a terminal -------------------------------------------------------------------------------

COUNT = """\
import signal, sys, time
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append(1))
print("tty" if sys.stdout.isatty() else "no tty", flush=True)
until = time.monotonic() + 20
while not seen and time.monotonic() < until:
    time.sleep(0.05)
time.sleep(0.5)
print("interrupts:", len(seen), flush=True)
sys.exit(9)
"""


@pytest.mark.parametrize(("log", "shown"), [([], b"tty"), (["--log", "log"], b"no tty")])
def test_a_ctrl_c_reaches_the_command_once(here: Installed, log: list[str], shown: bytes) -> None:
    here.write("count.py", COUNT)
    words = ["rocqshim", "run", *log, "--", sys.executable, "count.py"]
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(here.work)
        os.execvpe(words[0], words, {key: value for key, value in here.env.items() if value})
    text = read_until(terminal, b"tty\r\n")

    os.write(terminal, b"\x03")
    text += read_until(terminal, b"o compiler was called through rocq-exec")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)

    assert shown in text.splitlines()
    assert b"interrupts: 1" in text
    assert os.waitstatus_to_exitcode(status) == 9


def read_until(terminal: int, word: bytes) -> bytes:
    text = b""
    while word not in text:
        text += os.read(terminal, 4096)
    return text

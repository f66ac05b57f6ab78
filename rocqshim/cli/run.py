"""``rocqshim run``: a build with its compilers limited, its log, and a summary.

It ends as the command ended: with its exit status, or by the same signal. 127 and 126 are for a
command that is not there or cannot be executed, as in a shell.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rocqshim.cli.ask import current_folder
from rocqshim.cli.installed import rocq_exec
from rocqshim.errors import UsageError, UserError
from rocqshim.launch.child import die_by
from rocqshim.origin import VARIABLE, run_above, run_name
from rocqshim.run.as_given import as_given
from rocqshim.run.command import NotFound, find, run_command
from rocqshim.run.integrate import integration
from rocqshim.run.log import log_of_run
from rocqshim.run.makeflags import makeflags
from rocqshim.run.opam import is_opam, project_of, shown
from rocqshim.run.progress import progress_line
from rocqshim.run.shared import SharedSocket
from rocqshim.run.strays import StrayWatch, tell, tell_of_users
from rocqshim.run.summary import summary
from rocqshim.run.tee import Tee
from rocqshim.settings.keys import KEYS
from rocqshim.settings.machine import this_machine
from rocqshim.settings.model import Settings
from rocqshim.settings.quantity import AUTO
from rocqshim.settings.refusal import Unknown
from rocqshim.settings.resolve import resolve
from rocqshim.settings.unmatched import unmatched_rules

NOT_ONE_WORD = "\n  Each word of a command stands for itself: rocqshim run -- "
EXAMPLE = "For example: rocqshim run --log build.log -- make"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a run, and the command."""
    parser.add_argument("--profile", metavar="P", help="take the limits of this profile")
    parser.add_argument("--log", metavar="FILE", help="copy all output to FILE")
    parser.add_argument(
        "--stderr-logs", metavar="DIR", help="copy each compiler's stderr to DIR/FILE.v.log"
    )
    parser.add_argument(
        "--timed", action="store_true", help="print time and memory of each file, as TIMED=1 does"
    )
    parser.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="show how far the build is, if stderr is a terminal",
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND …")


def run(args: argparse.Namespace) -> int:
    """Run the build; raises UserError before anything was started."""
    command = _command(args.command)
    environ = _environ(args)
    for_opam = is_opam(command, environ)
    if for_opam:
        environ.setdefault("ROCQSHIM_PROJECT", project_of(environ, current_folder()))
    settings = _settings(args.profile, environ)
    # A run within a run is part of its build, and counted there.
    outer = environ.get(VARIABLE) or run_above(os.getpid())
    is_inner, build = bool(outer), outer or run_name()
    environ[VARIABLE] = build
    _integrate(environ, command, settings)
    try:
        path = find(command, environ)
    except NotFound as error:
        say(f"{error}{error.meant and f'{NOT_ONE_WORD}{error.meant}'}")
        return error.status
    log = log_of_run(args.log, settings, environ)
    environ["ROCQSHIM_ROOT"] = str(settings.root)
    tee = Tee(log) if log else None
    shared = _share(environ, settings) if for_opam else None
    is_watched = settings.enforce.value != "off" and not is_inner
    strays = StrayWatch(build) if is_watched else None
    is_shown = settings.progress.value if args.progress is None else args.progress
    line = progress_line(build) if is_shown and not is_inner else None
    starts = [shared and shared.watch, strays and strays.start, line and line.start]
    began = time.monotonic()
    status = run_command(
        path, command, environ, tee,
        on_start=lambda: [start() for start in starts if start],
        on_end=line.end if line else lambda: None,
    )  # fmt: skip
    for text in tee.notes() if tee else []:
        say(text)
    seconds = time.monotonic() - began
    found = strays.end() if strays else []
    users = strays.users if strays else set()
    for text in _ending(settings, None if is_inner else build, seconds, bool(users)):
        say(text)
    for text in [*tell_of_users(users), *tell(found, command)]:
        say(text)
    return _end(status)


def _environ(args: argparse.Namespace) -> dict[str, str]:
    """Our own, with the settings that options stand for."""
    environ = as_given()
    if args.profile:
        environ["ROCQSHIM_PROFILE"] = args.profile
    if args.stderr_logs:
        is_absolute = os.path.isabs(args.stderr_logs)
        base = "/" if is_absolute else current_folder()
        environ["ROCQSHIM_STDERR_LOGS"] = os.path.normpath(os.path.join(base, args.stderr_logs))
    if args.timed:
        environ["ROCQSHIM_TIMED"] = "1"
    return environ


def _settings(profile: str | None, environ: dict[str, str]) -> Settings:
    """Raises UserError; UsageError where the option names a profile that is not there."""
    try:
        return resolve(Path("."), environ, this_machine())
    except Unknown as error:
        if profile and error.place == KEYS["profile"].variable:
            raise UsageError(error.fact.replace(error.place, "--profile"), error.hint) from None
        raise


def say(line: str) -> None:
    """Tell the user on stderr; a closed stderr is no error of the build."""
    with contextlib.suppress(OSError):
        os.write(2, os.fsencode(f"rocqshim: {line}\n"))


def _command(words: list[str]) -> Sequence[str]:
    command = words[1:] if words[:1] == ["--"] else words
    if not command:
        raise UsageError("There is no command to run.", EXAMPLE)
    return command


def _integrate(environ: dict[str, str], command: Sequence[str], settings: Settings) -> None:
    """Add what makes the compilers of the build jobs of ours."""
    if settings.enforce.value == "off":
        return
    found = integration(environ, settings)
    for note in found.notes:
        say(note)
    environ.update(found.variables)
    # As in the make include: a number is a limit, and only "auto" asks for a -j. One for each
    # processor then, and a compiler starts when there is room.
    if settings.jobs.text == AUTO:
        jobs = this_machine().cores
        environ.update(makeflags(command, environ.get("MAKEFLAGS", ""), jobs))


def _share(environ: dict[str, str], settings: Settings) -> SharedSocket | None:
    """Have the broker reachable from inside a sandbox; None, with a line, where that fails."""
    if settings.enforce.value == "off":
        return None
    try:
        shared = SharedSocket()
    except UserError as error:
        say(f"jobs in opam's sandbox will not be limited: {error.fact} {error.hint}")
        return None
    environ["ROCQSHIM_SHARED"] = shared.path
    environ["OPAM_USER_PATH_RO"] = shown(environ, rocq_exec())
    return shared


def _ending(settings: Settings, build: str | None, seconds: float, shared: bool) -> list[str]:
    """The summary. build: None within another run, which sums up all of it at its own end.

    shared: as `summary` takes it.
    """
    if settings.enforce.value == "off":
        return [f"nothing was limited: enforce = off ({settings.enforce.origin})"]
    if build is None:
        return []
    return [
        *summary(build, seconds, shared),
        *(f"warning: {it}" for it in unmatched_rules(settings)),
    ]


def _end(status: int) -> int:
    if os.WIFSIGNALED(status):
        sys.stdout.flush()
        die_by(os.WTERMSIG(status))
    return os.WEXITSTATUS(status)

"""The command ``rocqshim``: its table of commands and its one error boundary.

``rocqshim --help`` imports no command; a command's module is loaded when it is called.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import sys
from dataclasses import dataclass

from rocqshim import __version__
from rocqshim.cli.parser import Parser, no_command
from rocqshim.errors import UserError


@dataclass(frozen=True)
class Command:
    """One command: the module that has ``add_arguments`` and ``run``, and what it is for."""

    module: str
    summary: str


COMMANDS = {
    "init": Command("rocqshim.cli.init", "set a project up: settings and the make include"),
    "mk": Command("rocqshim.cli.mk", "write mk/rocq-limits.mk, or check that it is current"),
    "shims": Command(
        "rocqshim.cli.shims", "write launchers named coqc, rocq, …, to be put in PATH"
    ),
    "editors": Command("rocqshim.cli.editors", "the settings of editors for their servers"),
    "config": Command("rocqshim.cli.config", "every setting, resolved, with its origin"),
    "run": Command("rocqshim.cli.run", "run a build with its compilers limited, and sum it up"),
    "launcher": Command("rocqshim.cli.launcher", "one launcher under a name, for a rule of dune"),
    "status": Command("rocqshim.cli.status", "the slice, its limits as the kernel has them, jobs"),
    "logs": Command("rocqshim.cli.logs", "what the broker did: its journal, or its file"),
    "top": Command("rocqshim.cli.top", "a live view of what runs, waits and has ended"),
    "stop": Command("rocqshim.cli.stop", "kill this project's compilers, and verify it"),
    "simulate": Command("rocqshim.cli.simulate", "a recorded build, under other limits"),
    "report": Command(
        "rocqshim.cli.report", "what a build did, as a table, a page, a trace; gates for CI"
    ),
    "history": Command("rocqshim.cli.history", "recorded builds, one file over builds, a trace"),
    "blame": Command("rocqshim.cli.blame", "which sentence of a file takes the memory"),
    "jobs": Command("rocqshim.cli.jobs", "the -j to use here, and why"),
    "doctor": Command("rocqshim.cli.doctor", "what this machine can enforce, and how to mend it"),
    "completion": Command("rocqshim.cli.completion", "completion of these commands in a shell"),
    "help": Command("rocqshim.cli.help", "what a command is for, and its options"),
    "exec": Command("rocqshim.cli.exec", "what rocq-exec does, through this interpreter"),
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit status. 2: bad usage, 1: failed, 130: interrupted."""
    words = sys.argv[1:] if argv is None else argv
    _fill_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names, and our own "…", in any encoding
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _run(words)
        _flush()
        return status
    except UserError as error:
        print(f"rocqshim: {error.fact}\n  {error.hint}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _drop_output()
        return 141
    except OSError as error:
        is_output = error.errno == errno.ENOSPC and not error.filename
        return _full(error) if is_output else _report(error)
    except Exception as error:
        return _report(error)


def _fill_closed() -> None:
    """Have /dev/null where our caller has closed a stream, for us and not for what we execute.

    Python makes None of such a stream, and print(file=None) writes to stdout.
    """
    # What a later open() or pipe() gets is no stream then; and none of these is inherited.
    while (opened := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(opened)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _run(words: list[str]) -> int:
    if words and words[0] in COMMANDS:
        command = importlib.import_module(COMMANDS[words[0]].module)
        if words[0] == "exec":  # its words are a compiler's, which argparse would take for ours
            return int(command.run(argparse.Namespace(words=words[1:])))
        return int(command.run(parser_of(words[0]).parse(words[1:])))
    parser = overview()
    if words and words[0] not in parser.flags():
        raise no_command(words, COMMANDS)
    parser.parse(words)
    parser.print_help()
    return 2


def parser_of(name: str) -> Parser:
    """The parser of one command, all but ``exec``, which has none."""
    parser = Parser(f"rocqshim {name}", description=COMMANDS[name].summary)
    importlib.import_module(COMMANDS[name].module).add_arguments(parser)
    return parser


def overview() -> Parser:
    """The parser of the words before a command."""
    width = max(map(len, COMMANDS))
    table = "\n".join(f"  {name:{width}}  {entry.summary}" for name, entry in COMMANDS.items())
    parser = Parser(
        "rocqshim",
        usage="rocqshim [-h] [--version] COMMAND …",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Puts every compiler call of a build into one limited slice; make stays free.",
        epilog=f"commands:\n{table}\n\n'rocqshim COMMAND --help' says more.",
    )
    parser.add_argument("--version", action="version", version=f"rocqshim {__version__}")
    return parser


def _flush() -> None:
    # Not at the interpreter's end, which would only say "Exception ignored".
    sys.stdout.flush()


def _full(error: OSError) -> int:
    _drop_output()
    print(f"rocqshim: the output cannot be written: {error.strerror}.", file=sys.stderr)
    print("  Make room there, or write it elsewhere.", file=sys.stderr)
    return 1


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the final flush must not fail


def _report(error: Exception) -> int:
    from rocqshim.cli.crash import write_report

    print(f"rocqshim: unexpected error: {error}", file=sys.stderr)
    print(f"  {write_report(error)}", file=sys.stderr)
    return 3


if __name__ == "__main__":
    sys.exit(main())

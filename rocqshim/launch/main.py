"""The way of one call: probe or job, asked for, run, ended as the compiler ended."""

import posix
import sys

from rocqshim.launch.call import read_call
from rocqshim.launch.child import Dispositions
from rocqshim.launch.program import (
    execute,
    own_name,
    say,
    stands_for,
    unnested,
    with_program,
)
from rocqshim.launch.search import NoProgram, locate, remember
from rocqshim.launch.system import ENVIRON, variable

USAGE = """\
usage: rocq-exec PROGRAM [ARGS…]      run a compiler (or anything) as a limited job
       rocq-exec -- PROGRAM [ARGS…]   the same
       rocq-exec ARGS…                the compiler in PATH, limited: rocq-exec -q -R . Foo a.v
Limits come from [tool.rocqshim] in pyproject.toml: see `rocqshim config` and `rocqshim doctor`.
"""


def main(words: list[str], tool: str = "", behind: str = "", real: str = "") -> "NoReturn":
    """Run the call ``words`` and end exactly as it does; 125 is a refusal, 126 and 127 as in sh.

    tool: the name of the tool for which we stand in PATH; then ``words`` are its arguments,
    ``behind`` is our own path there, and ``real`` the tool that was behind it when it was written.
    """
    dispositions = Dispositions()
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _occupy()
    try:
        if tool:
            _stand_in(tool, locate(tool, behind, real), words, dispositions)
        else:
            _run(_program(words), dispositions)
    except NoProgram as error:
        say(str(error))
        posix._exit(error.status)
    except Exception as error:
        _crash(error)
    raise AssertionError("a call never returns")


def _occupy() -> None:
    # What we open must not get the number of a stream that the caller has closed: a line for
    # stderr would go into the broker's socket. The program finds it closed again (O_CLOEXEC).
    while (opened := posix.open("/dev/null", posix.O_RDWR)) < 3:
        pass
    posix.close(opened)


def _program(words: list[str]) -> list[str]:
    words = unnested(words)
    if words in ([], ["--"], ["--help"]):
        posix.write(1 if words == ["--help"] else 2, USAGE.encode())
        posix._exit(0 if words == ["--help"] else 2)
    return with_program(words)


def _stand_in(tool: str, path: str, args: list[str], dispositions: Dispositions) -> None:
    _run([own_name(path, [tool, *args]), *args], dispositions, path)


def _run(words: list[str], dispositions: Dispositions, path: str = "") -> None:
    if not path and (tool := stands_for(words[0])):
        _stand_in(tool, locate(tool, words[0]), words[1:], dispositions)
    call = read_call(words)
    path = path or locate(words[0])
    remember(path)
    if call.kind is None or b"ROCQSHIM_JOB" in ENVIRON or _is_off():
        dispositions.restore()
        execute(path, words)
    from rocqshim.launch.job import run_job  # a probe does without it

    run_job(call, path, dispositions)


def _is_off() -> bool:
    return variable("ROCQSHIM_ENFORCE") == "off"


def _crash(error: Exception) -> "NoReturn":
    from rocqshim.cli.crash import write_report

    say(f"rocq-exec: unexpected error: {error}\n  {write_report(error)}")
    posix._exit(125)


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

if __name__ == "__main__":
    main(sys.argv[1:])

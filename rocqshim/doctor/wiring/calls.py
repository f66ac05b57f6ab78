"""Compiler calls in the words of a command and in the lines of a recipe: text in, data out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rocqshim.launch.call import CHECKERS, COMPILERS, TOPLEVELS, read_call
from rocqshim.launch.call import is_compiler_arguments as is_bare
from rocqshim.launch.call import program_name as name_of
from rocqshim.launch.program import unnested
from rocqshim.run.compilers import LAUNCHER, ONE_WORD

# The server of RocqIDE can compile in a recipe, too; those of other editors are in none.
PROGRAMS = COMPILERS | TOPLEVELS | set(CHECKERS) | {"rocq", "rocqworker", "coqidetop"}
SHELLS = frozenset("sh bash dash zsh ksh".split())
# What stands between commands, and before the first word of one.
SEPARATORS = re.compile(r"[;&|()]+|\n")
KEYWORDS = frozenset("if then else elif do while until ! { } fi done @ - +".split())
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
# A redirection, by its last two groups: `2>&1`, `>> "a b"`. Quoted text comes first, and stays.
WORD = r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s;&|()<>"'\\])+"""
REDIRECTION = re.compile(
    rf"""("(?:\\.|[^"\\])*"|'[^']*'|\\.)"""
    rf"""|(?:(?<![^\s;&|()])\d+)?(?:&>>?|<<<?-?|>>|>\||<>|[<>]&?)[ \t]*{WORD}""",
    re.DOTALL,
)
# Programs that do something with the name of a compiler, and run none.
NOT_RUNNERS = frozenset(
    "echo printf test [ [[ rm cp mv ln install which type hash cat grep sed touch ls cd for case "
    "coqdep coqdoc coq_makefile export".split()
)

IsShim = Callable[[str], bool]


@dataclass(frozen=True)
class Call:
    """One compiler call. program: as written. file: what it works on. text: the whole command."""

    program: str
    file: str
    is_wrapped: bool
    text: str


def no_shim(_program: str) -> bool:
    """Tell of no program that it is the launcher under another name."""
    return False


def call_of(words: Sequence[str], is_shim: IsShim = no_shim) -> Call | None:
    """The compiler call that ``words``, one command, make; None for a probe and for no compiler.

    is_shim: tells whether a program, as written, is the launcher under the compiler's name.
    """
    at = next((at for at, word in enumerate(words) if name_of(word) == LAUNCHER), None)
    if at is not None and not _is_argument(words, at):
        return _job(_behind_launcher(list(words[at + 1 :])), True, words)
    at = next((at for at, word in enumerate(words) if ONE_WORD in word), None)
    if at is not None and not _is_argument(words, at):
        return _job(list(words[at:]), True, words)
    at = next((at for at, word in enumerate(words) if name_of(word) in PROGRAMS), None)
    if at is None or _is_argument(words, at):
        return None
    return _job(list(words[at:]), is_shim(words[at]), words)


def _is_argument(words: Sequence[str], at: int) -> bool:
    """Tell whether the word is only an argument: `echo coqc`, and `cp coqc …`."""
    return at > 0 and name_of(words[0]) in NOT_RUNNERS


def _behind_launcher(rest: list[str]) -> list[str]:
    rest = unnested(rest)
    rest = rest[1:] if rest[:1] == ["--"] else rest
    if rest and is_bare(rest[0]):
        is_subcommand = not rest[0].startswith("-") and not rest[0].endswith(".v")
        return ["rocq" if is_subcommand else "coqc", *rest]
    return rest


def _job(words: list[str], is_wrapped: bool, whole: Sequence[str]) -> Call | None:
    call = read_call(words) if words else None
    if call is None or call.kind is None:
        return None
    if call.kind == "other" and not call.file.endswith(".v"):
        return None  # ocamlopt behind TIMECMD; a bare toplevel
    return Call(words[0], call.file, is_wrapped, shlex.join(whole))


def calls_in(line: str, is_shim: IsShim = no_shim) -> list[Call]:
    """The compiler calls in one line of a shell script."""
    return list(_in_script(line, is_shim))


def _in_script(script: str, is_shim: IsShim) -> Iterator[Call]:
    for words in commands_in(script):
        inner = script_of_shell(words)
        if inner is not None:
            at, text = inner
            is_outer = any(name_of(word) == LAUNCHER for word in words[:at])
            for call in _in_script(text, is_shim):
                yield Call(call.program, call.file, call.is_wrapped or is_outer, call.text)
            continue
        found = call_of(words, is_shim)
        if found:
            yield found


def commands_in(script: str) -> list[list[str]]:
    """The simple commands of a line of shell, each as its words without assignments."""
    found: list[list[str]] = [[]]
    for token in _tokens(script):
        if SEPARATORS.fullmatch(token):
            found.append([])
        elif found[-1] or not (token in KEYWORDS or ASSIGNMENT.match(token)):
            found[-1].append(token)
    return [words for words in found if words]


def _tokens(script: str) -> list[str]:
    # Backquotes begin a command as `;` does.
    text = script.replace("\\\n", " ").replace("`", " ; ")
    text = REDIRECTION.sub(lambda match: match[1] or " ", text)
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        return list(lexer)
    except ValueError:  # a quotation that goes on in the next line
        return re.sub(r"([;&|()])", r" \1 ", text).replace('"', "").replace("'", "").split()


def script_of_shell(words: Sequence[str]) -> tuple[int, str] | None:
    """Where a shell stands in ``words``, and the text after its ``-c``; None for no shell."""
    shell = next((at for at, word in enumerate(words) if name_of(word) in SHELLS), None)
    if shell is None or _is_argument(words, shell):
        return None
    for at in range(shell + 1, len(words) - 1):
        if re.fullmatch(r"-\w*c", words[at]):
            return shell, words[at + 1]
    return None

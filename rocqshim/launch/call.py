"""What is this call? A job, or a probe that is executed at once with nothing asked of anyone.

Facts: docs/design.md, "What is a job". A probe must not wait, must not start a broker and must
not touch stdout: make runs five of them for two compiles, and dune refuses unknown lines.
"""

from rocqshim.launch.system import basename

# The flags with which a compiler or a toplevel since 8.16 prints something and ends.
PROBE_FLAGS = frozenset(
    "-v -version --version -print-version --print-version -config --config -where --where "
    "-h -H -? -help --help -list-tags --list-tags -print-mod-uid --print-mod-uid".split()
)
SUBCOMMANDS = frozenset(  # topbin/rocq.ml of Rocq 9.2, and the names `rocq` prints
    "c compile check dep doc makefile native-precompile pp-mlg preprocess-mlg repl "
    "repl-with-drop tex timelog2html top top-with-drop votour wc workmgr".split()
)
PASSED_PROGRAMS = frozenset(
    "coqdep coqdoc coqwc coq-tex coq_makefile coqpp coqworkmgr coqtimelog2html "
    "rocq_makefile rocqdep rocqdoc".split()
)
COMPILERS = frozenset("coqc rocqc".split())
CHECKERS = {"coqchk": "check", "rocqchk": "check", "coqnative": "native"}  # of finished .vo
TOPLEVELS = frozenset("coqtop rocqtop".split())
SERVERS = frozenset("coqidetop vscoqtop vsrocqtop coq-lsp rocq-lsp".split())  # of editors
# The words that an option takes after it, of every version from 8.16 to 9.3; any other takes none.
# From --help, and for what that leaves out from sysinit/coqargs.ml, toplevel/coqcargs.ml and
# stm/stmargs.ml. tests/builds compares it with the --help of the compilers that are there.
_ONE = (
    "-I -include -top -topfile -coqlib -exclude-dir -compat -load-vernac-object -require "
    "-require-import -ri -require-export -re -w -W -d -D -color -init-file -diffs -mangle-names "
    "-set -unset -bytecode-compiler -native-compiler -native-output-dir -nI -o -dump-glob "
    "-time-file -profile -profile-ltac-cutoff -output-dir -output-directory -outputstate -image "
    "-load-vernac-source -l -load-vernac-source-verbose -lv -schedule-vio2vo "
    "-schedule-vio-checking -check-vio-tasks -worker-id -main-channel -control-channel "
    "-async-proofs -async-proofs-j -async-proofs-cache -async-proofs-tac-j "
    "-async-proofs-worker-priority -async-proofs-private-flags -async-proofs-delegation-threshold "
    "-async-proofs-tactic-error-resilience -async-proofs-command-error-resilience -package"
).split()
_TWO = (
    "-Q -R -rfrom -require-from -require-import-from -rifrom -require-export-from -refrom "
    "-compat-from"
).split()
TAKES = {option: count for count, some in ((1, _ONE), (2, _TWO)) for option in some}
# checker/coqchk_main.ml: it has an -o that takes nothing.
_CHECKER = (
    "-Q -R -coqlib -admit -norec -d -profile -package -bytecode-compiler -native-output-dir -nI -I"
)
CHECKER_TAKES = {option: 2 if option in ("-Q", "-R") else 1 for option in _CHECKER.split()}
# Options whose value is what is worked on, where nothing else is named.
SUBJECTS = frozenset(
    "-norec -l -lv -load-vernac-source -load-vernac-source-verbose -topfile".split()
)
# Up to 8.19: one call that has many .vio files done, which need not have their ending.
VIO_TASKS = frozenset("-schedule-vio2vo -schedule-vio-checking -check-vio-tasks".split())


class Call:
    """One call: the words to execute, what kind of job it is, and the file it is about.

    ``kind`` is None for a probe; else vo, vos, vok, vio, check, native, interactive or other.
    Somebody sits before an interactive one: it does not queue, and is killed last.
    """

    __slots__ = ("file", "kind", "words")

    def __init__(self, words: list[str], kind: str | None, file: str) -> None:
        self.words = words
        self.kind = kind
        self.file = file


def is_compiler_arguments(word: str) -> bool:
    """Tell the third call form, ``rocq-exec -q … a.v``: the first word is no program."""
    return word.startswith("-") or word in SUBCOMMANDS or word.endswith(".v")


def read_call(words: list[str]) -> Call:
    """Classify ``words``, a program and its arguments; they are never changed."""
    name, args = program_name(words[0]), words[1:]
    kind, file = _known(name, args) or ("other", _wrapped(args) or _source(args) or name)
    return Call(words, kind, file)


def program_name(word: str) -> str:
    """Give the name of a program without its folder and its ending."""
    name = basename(word)
    for ending in (".opt", ".byte", ".exe"):
        name = name.removesuffix(ending)
    return name


def _rocq(args: list[str]) -> tuple[str | None, str]:
    if args[:1] == ["-debug-shim"]:
        args = args[1:]
    subcommand = args[0] if args else ""
    if subcommand in ("c", "compile"):
        return _compile("rocq", args[1:])
    if subcommand == "check":
        return _check("rocq", "check", args[1:])
    if subcommand == "native-precompile":
        return _check("rocq", "native", args[1:])
    if subcommand in ("repl", "repl-with-drop", "top", "top-with-drop"):
        return _toplevel("rocq", args[1:], may_be_batch=True)
    return None, ""


def _known(name: str, args: list[str]) -> "tuple[str | None, str] | None":
    if name in COMPILERS:
        return _compile(name, args)
    if name in CHECKERS:
        return _check(name, CHECKERS[name], args)
    if name in TOPLEVELS or name in SERVERS:
        return _toplevel(name, args, may_be_batch=name in TOPLEVELS)
    if name == "rocq" or name in PASSED_PROGRAMS:
        return _rocq(args) if name == "rocq" else (None, "")
    return _worker(name, args) if name == "rocqworker" else None


def _worker(name: str, args: list[str]) -> "tuple[str | None, str] | None":
    # What `rocq c` and `rocq repl` become; those of other kinds are started by a compiler.
    if args[:1] == ["--kind=compile"]:
        return _compile(name, args[1:])
    if args[:1] == ["--kind=repl"]:
        return _toplevel(name, args[1:], may_be_batch=True)
    return None


def _wrapped(args: list[str]) -> str:
    # `timeout 60 coqc A`: an unknown program is a job, about what the compiler behind it is about.
    for at, word in enumerate(args):
        found = _known(program_name(word), args[at + 1 :])
        if found and found[0]:
            return found[1]
    return ""


def behind_compiler(words: list[str]) -> int:
    """Tell where in ``words`` the arguments of coqc, or of `rocq c`, begin; 0 without either."""
    for at, word in enumerate(words):
        name = program_name(word)
        if name in COMPILERS:
            return at + 1
        if name == "rocq":
            begin = at + 1 + (words[at + 1 : at + 2] == ["-debug-shim"])
            if words[begin : begin + 1] in (["c"], ["compile"]):
                return begin + 1
    return 0


def parts(args: list[str], takes: dict[str, int]) -> "Iterator[tuple[str, list[str]]]":
    """Give each option with its values, and each other word with none."""
    at, count = 0, len(args)
    while at < count:
        end = at + 1 + takes.get(args[at], 0)
        yield args[at], args[at + 1 : end]
        at = end


def parted(args: list[str], takes: dict[str, int]) -> tuple[list[str], list[str], str]:
    """Part arguments into options without their values, what they work on, and a SUBJECTS value."""
    options: list[str] = []
    files: list[str] = []
    subject = ""
    for word, values in parts(args, takes):
        (options if word[:1] == "-" else files).append(word)
        if word in SUBJECTS and values:
            subject = values[0]
    return options, files, subject


def _toplevel(name: str, args: list[str], may_be_batch: bool = False) -> tuple[str | None, str]:
    options, files, subject = parted(args, TAKES)
    if not PROBE_FLAGS.isdisjoint(options):
        return None, ""
    kind = "other" if may_be_batch and "-batch" in options else "interactive"
    return kind, subject or (files[-1] if files else name)


def _compile(name: str, args: list[str]) -> tuple[str | None, str]:
    options, files, subject = parted(args, TAKES)
    if not args or not PROBE_FLAGS.isdisjoint(options):
        return None, ""  # without a word the compiler prints how it is called
    if not files:
        return "other", subject or name
    file = files[-1] if not VIO_TASKS.isdisjoint(options) else _with_ending(files[-1])
    for kind in ("vos", "vok", "vio"):
        if "-" + kind in options:
            return kind, file
    return "vio" if "-quick" in options else "vo", file


def _check(name: str, kind: str, args: list[str]) -> tuple[str | None, str]:
    options, files, subject = parted(args, CHECKER_TAKES)
    if not args or not PROBE_FLAGS.isdisjoint(options):
        return None, ""
    return kind, files[-1] if files else subject or name


def _source(args: list[str]) -> str:
    for word in reversed(args):
        if word.endswith((".v", ".vio")):
            return word
    return ""


def _with_ending(file: str) -> str:
    # The compiler adds a missing ".v" itself, with a warning.
    return file if file.endswith((".v", ".vio")) else file + ".v"


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

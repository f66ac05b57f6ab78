"""What is this call? A job, or a probe that is executed at once with nothing asked of anyone.

Facts: docs/design.md, "What is a job". A probe must not wait, must not start a broker and must
not touch stdout: make runs five of them for two compiles, and dune refuses unknown lines.
"""

from rocqshim.launch.system import basename, exists

# The flags with which every compiler since 8.16 prints something and ends.
PROBE_FLAGS = frozenset(
    "-v -version --version -print-version --print-version -config --config -where --where "
    "-h -H -? -help --help -list-tags --list-tags".split()
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
    name = basename(words[0])
    for ending in (".opt", ".byte", ".exe"):
        name = name.removesuffix(ending)
    args = words[1:]
    if name == "rocq":
        return Call(words, *_rocq(args))
    return Call(words, *_named(name, args))


def _rocq(args: list[str]) -> tuple[str | None, str]:
    subcommand = args[0] if args else ""
    if subcommand in ("c", "compile"):
        return _compile(args[1:])
    if subcommand == "check":
        return _unless_probe("check", args[1:])
    if subcommand == "native-precompile":
        return _unless_probe("native", args[1:])
    if subcommand in ("repl", "repl-with-drop", "top", "top-with-drop"):
        return _toplevel("rocq", args[1:], may_be_batch=True)
    return None, ""


def _named(name: str, args: list[str]) -> tuple[str | None, str]:
    if name in COMPILERS:
        return _compile(args)
    if name in CHECKERS:
        return _unless_probe(CHECKERS[name], args)
    if name in PASSED_PROGRAMS or (name == "rocqworker" and not PROBE_FLAGS.isdisjoint(args)):
        return None, ""  # a rocqworker with such a flag is what `rocq c --config` becomes
    if name in TOPLEVELS:
        return _toplevel(name, args, may_be_batch=True)
    if name in SERVERS:
        return _toplevel(name, args)
    return "other", _source(args) or name


def _toplevel(name: str, args: list[str], may_be_batch: bool = False) -> tuple[str | None, str]:
    if not PROBE_FLAGS.isdisjoint(args):
        return None, ""
    kind = "other" if may_be_batch and "-batch" in args else "interactive"
    return kind, _source(args) or name


def _compile(args: list[str]) -> tuple[str | None, str]:
    if not PROBE_FLAGS.isdisjoint(args):
        return None, ""
    file = _source(args) or _bare_source(args) or _vio_task(args)
    if not file:
        return None, ""  # nothing to compile: the compiler says so itself
    for kind in ("vos", "vok", "vio"):
        if "-" + kind in args:
            return kind, file
    return "vo", file


def _unless_probe(kind: str, args: list[str]) -> tuple[str | None, str]:
    if not args or not PROBE_FLAGS.isdisjoint(args):
        return None, ""
    return kind, _source(args) or args[-1]


def _source(args: list[str]) -> str:
    for word in reversed(args):
        if word.endswith((".v", ".vio")):
            return word
    return ""


def _vio_task(args: list[str]) -> str:
    # Up to 8.19: one call that has many .vio files done, which need not have their ending.
    tasks = ("-schedule-vio2vo", "-schedule-vio-checking", "-check-vio-tasks")
    return "" if set(tasks).isdisjoint(args) else args[-1]


def _bare_source(args: list[str]) -> str:
    # Up to 9.x the compiler adds a missing ".v" itself, with a warning.
    last = args[-1] if args else ""
    return last + ".v" if last and last[0] != "-" and exists(last + ".v") else ""

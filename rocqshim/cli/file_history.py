"""``rocqshim history FILE``: each attempt at one file, over all builds."""

from __future__ import annotations

import argparse
import difflib
import locale
import os
import sys
from collections.abc import Sequence

from rocqshim.cli.show import show
from rocqshim.errors import UserError
from rocqshim.history import ALL, History
from rocqshim.history.chart import takes_blocks
from rocqshim.history.listing import attempts_text
from rocqshim.history.table import ATTEMPT_FIELDS, as_csv, as_json, attempt_fields
from rocqshim.report.builds import Builds
from rocqshim.settings.dune import source_of
from rocqshim.settings.model import Settings

SHOWN = 20  # attempts
ALIKE = 0.8  # of two names; Theroy and Theory are, Nope and Note are not
SHORT = 2  # letters


def show_file(builds: Builds, settings: Settings, args: argparse.Namespace) -> None:
    """Print the attempts, the newest first. Raises UserError where there is none."""
    history, root = builds.history, builds.root
    file = label(args.what, root)
    whole = args.json or args.csv or args.since is not None
    jobs = history.attempts_at(root, file, ALL if whole else SHOWN, args.since or 0.0)
    builds.check()
    if not jobs:
        raise nothing_of(history, root, file, args.since is not None)
    rows = [attempt_fields(job) for job in jobs]
    about = {"project": settings.project, "root": root, "file": file}
    if args.json:
        show(as_json(about, "attempts", rows))
    elif args.csv:
        sys.stdout.write(as_csv(ATTEMPT_FIELDS, rows))
    else:
        show(attempts_text(jobs, plain=not _blocks()))


def _blocks() -> bool:
    # Both: in UTF-8 mode Python encodes so whatever the locale says of the terminal.
    encodings = (sys.stdout.encoding, locale.nl_langinfo(locale.CODESET))
    return all(map(takes_blocks, encodings))


def label(name: str, root: str) -> str:
    """The file as the history names it: relative to the project where it lies inside."""
    path = os.path.normpath(os.path.join(os.path.realpath("."), name))
    for ending in (".vo", ".vos", ".vok"):
        if path.endswith(ending):
            path = f"{path.removesuffix(ending)}.v"
    path = source_of(path)
    return os.path.relpath(path, root) if path.startswith(f"{root}/") else path


def nothing_of(history: History, root: str, file: str, since: bool = False) -> UserError:
    """What to say where there is no attempt; with the name that was probably meant."""
    known = history.files(root)
    if file in known and since:
        fact = f"No attempt at {file} is as new as that."
        return UserError(fact, f"All of them: rocqshim history {file}")
    fact = f"No attempt at {file} is recorded."
    if meant := nearest(file, known):
        return UserError(fact, f"Did you mean {meant}?")
    return UserError(fact, "The builds that there are: rocqshim history")


def nearest(file: str, known: Sequence[str]) -> str | None:
    """The known file that was probably meant: of the same name elsewhere, or off by a letter.

    Folders and ``.v`` are left out of account: they are alike in files that have nothing in common.
    """
    beside = sorted(known, key=lambda each: os.path.dirname(each) != os.path.dirname(file))
    names = {_stem(each): each for each in reversed(beside)}
    own = _stem(file)
    alike = ALIKE if len(own) > SHORT else 2 / 3  # `aa` and `a`
    found = difflib.get_close_matches(own, names, 1, alike)
    return names[found[0]] if found else None


def _stem(file: str) -> str:
    return os.path.basename(file).removesuffix(".v").lower()

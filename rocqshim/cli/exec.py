"""``rocqshim exec PROGRAM ARGS…``: the launcher, where ``rocq-exec`` cannot find it."""

from __future__ import annotations

import argparse


def run(args: argparse.Namespace) -> int:
    """Become the launcher; ends as the compiler did and does not return."""
    from rocqshim.launch.main import main

    main(args.words)

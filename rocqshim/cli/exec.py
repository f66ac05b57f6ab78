"""``rocqshim exec PROGRAM ARGS…``: the launcher, where ``rocq-exec`` cannot find it."""

from __future__ import annotations

import argparse
import os

AS = "--as="  # rocq-exec, called by this path under the name of a tool, which has no such option


def run(args: argparse.Namespace) -> int:
    """Become the launcher; ends as the compiler did and does not return."""
    from rocqshim.launch.main import main

    words: list[str] = args.words
    if words and words[0].startswith(AS):
        path = words[0].removeprefix(AS)
        main(words[1:], os.path.basename(path), path)
    main(words)

"""``rocqshim editors``: what to write into an editor's settings on this machine."""

from __future__ import annotations

import argparse
import json
import shutil
import textwrap
from pathlib import Path

from rocqshim.cli.installed import rocq_exec
from rocqshim.cli.shims import default_folder
from rocqshim.cli.show import show
from rocqshim.editors.settings import SERVERS, EditorSettings, Places, editor_settings
from rocqshim.errors import UserError
from rocqshim.shims.folder import is_ours
from rocqshim.shims.tools import tools_in_path

JSON_VERSION = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Print the settings of every editor of which a server is in PATH. Raises UserError."""
    folder = default_folder()
    ide = "rocqide" if shutil.which("rocqide") else "coqide"
    found = editor_settings(Places(rocq_exec(), str(folder), ide), tools_in_path())
    if not found:
        raise UserError(
            f"PATH has no server of an editor: none of {', '.join(SERVERS)}.",
            "Put them into PATH and try again.",
        )
    missing = [each.tool for each in found if each.in_folder and not is_ours(folder / each.tool)]
    show(json_text(found, missing, folder) if args.json else text(found, missing))
    return 0


def text(found: list[EditorSettings], missing: list[str]) -> str:
    """Each editor with its lines; at the end what has to be done before."""
    parts = [f"{it.editor}, in {it.place}:\n{textwrap.indent(it.text, '  ')}" for it in found]
    if missing:
        parts.append(f"{' and '.join(missing)}: the launchers are missing. Write them with:\n"
                     "  rocqshim shims")  # fmt: skip
    return "\n\n".join(parts)


def json_text(found: list[EditorSettings], missing: list[str], folder: Path) -> str:
    """The same as data. ``missing``: launchers that `rocqshim shims` has to write first."""
    document = {
        "version": JSON_VERSION,
        "folder": str(folder),
        "missing": missing,
        "editors": [
            {"editor": it.editor, "tool": it.tool, "place": it.place, "settings": dict(it.values)}
            for it in found
        ],
    }
    return json.dumps(document, indent=2)

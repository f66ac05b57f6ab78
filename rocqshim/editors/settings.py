"""The settings of each editor, as data: pure, from paths to what is to be written where.

What each editor does with them: docs/editors.md.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class EditorSettings:
    """What one editor needs. tool: its server. place: where it goes. text: the lines for that.

    values: the same as data. in_folder: it needs the launcher that `rocqshim shims` writes.
    """

    editor: str
    tool: str
    place: str
    text: str
    values: Mapping[str, object]
    in_folder: bool = False


@dataclass(frozen=True)
class Places:
    """Absolute paths of ours, and the name of an editor.

    launcher: rocq-exec. folder: of ``rocqshim shims``, for the editors whose setting is one program
    without arguments. ide: coqide, which later versions call rocqide.
    """

    launcher: str
    folder: str
    ide: str = "coqide"


def editor_settings(places: Places, tools: Mapping[str, str]) -> list[EditorSettings]:
    """Those of which a server is in ``tools`` (name to file), in a fixed order."""
    found = []
    for make, names in _EDITORS:
        tool = next((name for name in names if name in tools), "")
        if tool:
            found.append(make(places, tool))
    return found


def _vsrocq(places: Places, tool: str) -> EditorSettings:
    # A shell command: joined with its arguments by spaces (client/src/utilities/toolchain.ts).
    key = "vsrocq.path" if tool == "vsrocqtop" else "vscoq.path"
    editor = "VsRocq" if tool == "vsrocqtop" else "VsCoq 2"
    return _vs_code(editor, tool, {key: f"{shlex.quote(places.launcher)} {tool}"})


def _coq_lsp(places: Places, tool: str) -> EditorSettings:
    # A program and its arguments, without a shell (editor/code/src/node.ts).
    values = {"coq-lsp.path": places.launcher, "coq-lsp.args": [tool]}
    return _vs_code(tool, tool, values)


def _vs_code(editor: str, tool: str, values: Mapping[str, object]) -> EditorSettings:
    lines = json.dumps(values, indent=2, ensure_ascii=False)
    return EditorSettings(f"{editor} (VS Code)", tool, "settings.json", lines, values)


def _proof_general(places: Places, tool: str) -> EditorSettings:
    # One program, which it starts also as `rocq c` and `rocq dep`; with coqtop it needs the rest.
    values: dict[str, object] = {"coq-prog-name": f"{places.folder}/{tool}"}
    if tool == "coqtop":
        values["coq-compiler"] = f"{places.folder}/coqc"
    lines = "\n".join(f"(setq {key} {_lisp(str(value))})" for key, value in values.items())
    return EditorSettings("Proof General (Emacs)", tool, "init.el", lines, values, True)


def _lisp(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _ide(places: Places, tool: str) -> EditorSettings:
    compiler = f"{shlex.quote(places.launcher)} coqc"
    lines = f"{places.ide} -coqtop {shlex.quote(f'{places.folder}/{tool}')}\ncoqc: {compiler}"
    editor = {"coqide": "CoqIDE", "rocqide": "RocqIDE"}[places.ide]
    place = "the command that starts it, and in Preferences, Externals"
    values = {"cmd_coqtop": f"{places.folder}/{tool}", "cmd_coqc": compiler}
    return EditorSettings(editor, tool, place, lines, values, True)


_EDITORS = (
    (_vsrocq, ("vsrocqtop", "vscoqtop")),
    (_coq_lsp, ("rocq-lsp", "coq-lsp")),
    (_proof_general, ("rocq", "coqtop")),
    (_ide, ("coqidetop", "coqidetop.opt")),
)
SERVERS = tuple(name for _, names in _EDITORS for name in names)

"""The settings of each editor, for paths with odd characters too, and how they are printed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from rocqshim.cli.editors import json_text, text
from rocqshim.editors.settings import SERVERS, EditorSettings, Places, editor_settings
from rocqshim.shims.tools import TOOLS

PLACES = Places("/opt/bin/rocq-exec", "/home/you/p/.rocqshim/bin")
ODD = Places('/a "b\\/rocq-exec', "/it's/.rocqshim/bin")


def found(*tools: str, places: Places = PLACES) -> dict[str, EditorSettings]:
    settings = editor_settings(places, {name: f"/usr/bin/{name}" for name in tools})
    return {each.tool: each for each in settings}


def test_every_server_is_a_tool() -> None:
    assert set(SERVERS) <= set(TOOLS)


def test_only_what_is_there() -> None:
    assert found("coqc", "coqchk") == {}
    assert list(found("coqc", "coqtop", "coq-lsp")) == ["coq-lsp", "coqtop"]


def test_newer_names_come_first() -> None:
    both = found("vscoqtop", "vsrocqtop", "coqtop", "rocq", "coq-lsp", "rocq-lsp", "coqidetop.opt")

    assert list(both) == ["vsrocqtop", "rocq-lsp", "rocq", "coqidetop.opt"]


@pytest.mark.parametrize(
    ("tool", "values"),
    [
        ("vsrocqtop", {"vsrocq.path": "/opt/bin/rocq-exec vsrocqtop"}),
        ("vscoqtop", {"vscoq.path": "/opt/bin/rocq-exec vscoqtop"}),
        ("coq-lsp", {"coq-lsp.path": "/opt/bin/rocq-exec", "coq-lsp.args": ["coq-lsp"]}),
        ("rocq", {"coq-prog-name": "/home/you/p/.rocqshim/bin/rocq"}),
        (
            "coqidetop.opt",
            {
                "cmd_coqtop": "/home/you/p/.rocqshim/bin/coqidetop.opt",
                "cmd_coqc": "/opt/bin/rocq-exec coqc",
            },
        ),
    ],
)
def test_values(tool: str, values: dict[str, object]) -> None:
    assert found(tool)[tool].values == values


def test_a_shell_reads_the_command_of_vsrocq() -> None:
    """It is joined with its arguments by spaces and given to a shell."""
    command = found("vsrocqtop", places=ODD)["vsrocqtop"].values["vsrocq.path"]

    assert shlex.split(f"{command} -where") == ['/a "b\\/rocq-exec', "vsrocqtop", "-where"]


def test_vs_code_reads_the_lines_as_json() -> None:
    for tool in ("vsrocqtop", "coq-lsp"):
        each = found(tool, places=ODD)[tool]
        assert json.loads(each.text) == each.values


def test_emacs_reads_the_lines_as_lisp() -> None:
    each = found("coqtop", places=Places("/x", '/a"b\\c'))["coqtop"]

    assert each.text == (
        '(setq coq-prog-name "/a\\"b\\\\c/coqtop")\n(setq coq-compiler "/a\\"b\\\\c/coqc")'
    )


def test_the_ide_by_its_name() -> None:
    coqide = found("coqidetop")["coqidetop"]
    rocqide = found("coqidetop", places=Places("/x", "/y", "rocqide"))["coqidetop"]

    assert (coqide.editor, coqide.text.split()[0]) == ("CoqIDE", "coqide")
    assert (rocqide.editor, rocqide.text.split()[0]) == ("RocqIDE", "rocqide")


def test_text_and_json() -> None:
    settings = [*found("coqtop", "coq-lsp").values()]

    assert text(settings, []).startswith("coq-lsp (VS Code), in settings.json:\n  {\n    ")
    assert text(settings, ["coqtop"]).endswith(
        "\n\ncoqtop: the launchers are missing. Write them with:\n  rocqshim shims"
    )
    document = json.loads(json_text(settings, ["coqtop"], Path("/f")))
    assert (document["version"], document["folder"], document["missing"]) == (1, "/f", ["coqtop"])
    assert [each["tool"] for each in document["editors"]] == ["coq-lsp", "coqtop"]
    assert document["editors"][0]["settings"]["coq-lsp.args"] == ["coq-lsp"]

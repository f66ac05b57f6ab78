"""What `rocqshim run` adds to the environment of a build, so that its compilers are jobs of ours.

`rocqshim doctor -- COMMAND` asks for the same, and so tells of the build that would be run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rocqshim.cli.installed import rocq_exec
from rocqshim.errors import UserError
from rocqshim.run.compilers import compiler_variables, unlimited
from rocqshim.run.masquerade import path_with_launchers, state
from rocqshim.run.one_word import launchers_in
from rocqshim.settings.model import Settings


@dataclass(frozen=True)
class Integration:
    """variables: to be set for the build. notes: lines for the user, on what stays unlimited."""

    variables: Mapping[str, str]
    notes: tuple[str, ...] = ()


def integration(
    environ: Mapping[str, str], settings: Settings, folder: Path | None = None
) -> Integration:
    """COQC and its like, ROCQ_EXEC, and PATH with launchers before it; nothing with enforce = off.

    folder: where the launchers are written, in the place of the user's.
    Raises UserError where there is no rocq-exec.
    """
    if settings.enforce.value == "off":
        return Integration({})
    launcher = rocq_exec()
    one_word = launchers_in(folder or state(environ))
    variables = compiler_variables(environ, launcher, one_word, settings.compiler.value)
    path, notes = _masquerade(environ, str(settings.root), folder and folder / "bin")
    for name in unlimited(variables):
        if not path or "/" in variables[name]:
            notes.append(f"{name} is a shell command and stays unlimited: write rocq-exec in it")
    # ROCQ_EXEC is for the make include.
    given = {"ROCQ_EXEC": environ.get("ROCQ_EXEC", launcher), **variables, **path}
    return Integration(given, tuple(notes))


def _masquerade(
    environ: Mapping[str, str], root: str, folder: Path | None
) -> tuple[dict[str, str], list[str]]:
    """PATH with launchers before it, {} if none can be there: variables are set all the same."""
    try:
        path = path_with_launchers(environ, root, folder)
    except UserError as error:
        called = "compilers that are called by their name alone are not limited"
        return {}, [f"{called}: {error.fact}"]
    return ({} if path is None else {"PATH": path}), []

"""Write all that is generated for ``share``: ``python -m rocqshim.reference FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from rocqshim.cli.completion import script
from rocqshim.reference.roff import PAGES, page

SCRIPTS = {
    "bash": "bash-completion/completions/rocqshim",
    "zsh": "zsh/site-functions/_rocqshim",
    "fish": "fish/vendor_completions.d/rocqshim.fish",
}
# bash and fish look for a file by the command's name.
OTHERS = {
    "bash-completion/completions/rocq-exec": '. "${BASH_SOURCE[0]%/*}/rocqshim"\n',
    "fish/vendor_completions.d/rocq-exec.fish": "source (status dirname)/rocqshim.fish\n",
}


def files() -> dict[str, str]:
    """Each path below ``share``, with its text."""
    scripts = {path: script(shell) for shell, path in SCRIPTS.items()}
    return scripts | OTHERS | {f"man/man{name[-1]}/{name}": page(name) for name in PAGES}


def write(folder: Path) -> None:
    """Write them below ``folder``."""
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))

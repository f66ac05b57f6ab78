"""Folders for PATH: launchers under the names of tools, wrappers of other people, the tools."""

from __future__ import annotations

import shutil
from pathlib import Path

from rocqshim.shims.folder import renew

from .shim import Shim

SAYS = '#!/bin/sh\necho "$0" "$@"\n'
# How wrappers look for what is behind them; each says that it was there.
NEXT = """\
#!/bin/sh
echo {name} >> "$WRAPPED"
IFS=:
for folder in $PATH; do
  [ "$folder/coqc" -ef "$0" ] || [ ! -x "$folder/coqc" ] || exec "$folder/coqc" "$@"
done
exit 127
"""
BEHIND = """\
#!/bin/sh
echo {name} >> "$WRAPPED"
exec env PATH="${{PATH#*/{name}:}}" coqc "$@"
"""
CHILD = """\
#!/bin/sh
echo {name} >> "$WRAPPED"
{launcher} coqc "$@"
"""


class Masquerade:
    """The folders s1 s2 (launchers), l (a link to s1), c (a copy of it), r (the tools), …"""

    def __init__(self, shim: Shim) -> None:
        self.shim = shim
        self.folder = shim.folder / "path"
        self.wrapped = shim.folder / "wrapped"
        real = self.add("r/coqc", SAYS).parent
        for name in ("coqtop", "rocq"):
            self.add(f"r/{name}", SAYS)
        for name in ("coqchk", "rocqchk"):
            shutil.copy("/bin/cat", real / name)  # a binary, which sees its argv[0]
        tools = {path.name: str(path) for path in real.iterdir()}
        for each in ("s1", "s2"):
            renew(self.folder / each, tools)
        (self.folder / "l").symlink_to("s1")
        shutil.copytree(self.folder / "s1", self.folder / "c")
        self.add("next/coqc", NEXT.format(name="next"))
        self.add("next2/coqc", NEXT.format(name="next2"))
        self.add("behind/coqc", BEHIND.format(name="behind"))
        launcher = " ".join(f"'{word}'" for word in shim.command())
        self.add("child/coqc", CHILD.format(name="child", launcher=launcher))
        (self.folder / "empty").mkdir()

    def add(self, name: str, text: str) -> Path:
        """Write a program."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def tools(self) -> str:
        """A folder for the end of PATH that has what scripts need, and surely no Coq."""
        folder = self.folder / "tools"
        folder.mkdir(exist_ok=True)
        for name in ("env", "sh", "readlink"):
            if not (folder / name).exists():
                (folder / name).symlink_to(f"/bin/{name}")
        return str(folder)

    def path(self, row: str, rest: str = "/usr/bin:/bin") -> str:
        """PATH for a row such as ``s1:next:r``; what begins with a dot or is empty stays."""
        folders = (f"{self.folder}/{it}" if it and it[0] != "." else it for it in row.split(":"))
        return f"{':'.join(folders)}:{rest}"

    def wrappers(self) -> list[str]:
        """The wrappers that were run since the last time this was asked."""
        said = self.wrapped.read_text().split() if self.wrapped.exists() else []
        self.wrapped.unlink(missing_ok=True)
        return said

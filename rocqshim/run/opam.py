"""What opam needs: one slice for all packages, and a launcher that its sandbox can see.

opam builds each package in a folder of its own, in a sandbox (bubblewrap) that shows /usr, /etc,
/opt, /home, /var, /tmp and the switch, and nothing else; /run is empty and /sys not there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

# Its own name for what it puts before each command of a package (wrap-build-commands).
PROGRAMS = ("opam", "sandbox.sh", "bwrap")
SEEN = "/usr /bin /sbin /lib /lib32 /lib64 /etc /opt /home /var /tmp /nix".split()


def is_opam(command: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Tell whether ``command`` is opam, or what opam runs for a package."""
    return os.path.basename(command[0]) in PROGRAMS or "OPAM_PACKAGE_NAME" in environ


def opam_variables(
    environ: Mapping[str, str], folder: str, prefixes: Sequence[str]
) -> dict[str, str]:
    """The variables to set. folder: the current one. prefixes: what the sandbox must show, too.

    The settings, and so the slice, are those of the folder in which opam was called, or for a
    single package those of its switch: never the package's own, or each would have a slice.
    """
    project = environ.get("OPAM_SWITCH_PREFIX") if "OPAM_PACKAGE_NAME" in environ else folder
    shown = [path for path in environ.get("OPAM_USER_PATH_RO", "").split(":") if path]
    shown += [path for path in prefixes if path not in shown]
    variables = {"ROCQSHIM_PROJECT": environ.get("ROCQSHIM_PROJECT") or project or folder}
    return {**variables, "OPAM_USER_PATH_RO": ":".join(shown)} if shown else variables


def visible(launcher: str) -> list[str]:
    """The folders that the launcher and its interpreter need and that are not shown anyway."""
    needed = (os.path.dirname(os.path.dirname(launcher)), sys.base_prefix)
    return [path for path in dict.fromkeys(needed) if not _is_seen(path)]


def _is_seen(path: str) -> bool:
    return any(path == top or path.startswith(top + "/") for top in SEEN)

"""What opam needs: one slice for all packages, and a launcher that its sandbox can see.

opam builds each package in a folder of its own, in a sandbox (bubblewrap) that shows /usr, /etc,
/opt, /home, /var, /tmp and the switch, and nothing else; /run is empty and /sys not there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from rocqshim.run.compilers import GIVEN, ONE_WORD

# Its own name for what it puts before each command of a package (wrap-build-commands).
PROGRAMS = ("opam", "sandbox.sh", "bwrap")
SEEN = "/usr /bin /sbin /lib /lib32 /lib64 /etc /opt /home /var /tmp /nix".split()


def is_opam(command: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Tell whether ``command`` is opam, or what opam runs for a package."""
    return os.path.basename(command[0]) in PROGRAMS or "OPAM_PACKAGE_NAME" in environ


def project_of(environ: Mapping[str, str], folder: str) -> str:
    """Whose settings count: of ``folder``, where opam was called; of the switch, for a package.

    Never those of the package itself, in its build folder: each would have a slice of its own.
    """
    switch = environ.get("OPAM_SWITCH_PREFIX", "")
    return switch if switch and "OPAM_PACKAGE_NAME" in environ else folder


def shown(environ: Mapping[str, str], launcher: str) -> str:
    """The value of OPAM_USER_PATH_RO: what the sandbox must show, too, for a job to start there.

    The installation of the launcher, its interpreter, and the launchers in PATH and in COQC.
    """
    given = environ.get("OPAM_USER_PATH_RO", "").split(":")
    masquerade = environ.get("PATH", "").split(":")[0]
    words = [os.path.dirname(environ[name]) for name in GIVEN if ONE_WORD in environ.get(name, "")]
    needed = (os.path.dirname(os.path.dirname(launcher)), sys.base_prefix, masquerade, *words)
    unseen = [path for path in needed if path.startswith("/") and not _is_seen(path)]
    return ":".join(dict.fromkeys(path for path in [*given, *unseen] if path))


def _is_seen(path: str) -> bool:
    return any(path == top or path.startswith(top + "/") for top in SEEN)

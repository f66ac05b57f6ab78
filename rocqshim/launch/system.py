"""The few things of ``os`` that the launcher needs.

Importing ``os`` takes 1.3 ms, a tenth of a call; ``posix``, of which it is made, is always there.
"""

import posix
import sys

_ENCODING = sys.getfilesystemencoding()
# In the broker, in `rocqshim` and in tests os is there, and what is changed in its environ counts.
ENVIRON: "Mapping[bytes, bytes]" = (
    sys.modules["os"].environb if "os" in sys.modules else posix.environ
)


def fsencode(text: str) -> bytes:
    """Give the bytes of a string of the system, as os.fsencode."""
    return text.encode(_ENCODING, "surrogateescape")


def fsdecode(raw: bytes) -> str:
    """Give the string for bytes of the system, as os.fsdecode."""
    return raw.decode(_ENCODING, "surrogateescape")


def variable(name: str, default: str = "") -> str:
    """Give the value of an environment variable, ``default`` where it is not set."""
    value = ENVIRON.get(name.encode())
    return default if value is None else fsdecode(value)


def basename(path: str) -> str:
    """Give what follows the last slash."""
    return path.rpartition("/")[2]


def exists(path: str) -> bool:
    """Tell whether there is anything at ``path``, behind links."""
    return posix.access(path, posix.F_OK)


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

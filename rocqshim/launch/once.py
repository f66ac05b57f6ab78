"""What is the same for each file of a build is said once, also where no broker counts builds.

A marker in the user's private folder remembers it; its name has the build and the words. Imported
only where there is something to say.
"""

import binascii
import os
import time

from rocqshim.folders import state_home
from rocqshim.launch.place import Unusable, folder
from rocqshim.launch.program import say
from rocqshim.origin import VARIABLE, Origin, origin_of

QUIET = 600  # seconds in which what outlasts a build (a session, dune -w) is not told again
KEPT = 86400  # seconds; a marker that is older is of a build that has ended


def say_once(line: str, by_session: bool = False) -> None:
    """Write ``line`` to stderr, the first time in a build.

    A call outside of any build tool is a build of its own; with ``by_session`` those of one
    terminal are one build, for some minutes.
    """
    named = os.environ.get(VARIABLE, "")
    origin = Origin(named) if named else origin_of(os.getpid())
    if origin.alone and by_session:
        origin = Origin(f"{os.getsid(0)}", lasts=True)
    if origin.alone or _is_first(origin.name, line, QUIET if origin.lasts else KEPT):
        say(line)


def _is_first(build: str, line: str, kept: float) -> bool:
    key = binascii.crc32(os.fsencode(build))
    name = f"unlimited-0{key:08x}-{binascii.crc32(os.fsencode(line)):08x}"
    for place in _places():
        try:
            os.makedirs(place, 0o700, exist_ok=True)
            _forget(place, name, kept)
        except OSError:
            continue
        try:
            os.close(
                os.open(os.path.join(place, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            )
        except FileExistsError:  # of those that begin together, one is first
            return False
        except OSError:
            continue
        return True
    return True  # nowhere to remember it


def _places() -> "Iterator[str]":
    """Our private folder; where that is somebody else's, the one of the history."""
    try:
        yield folder()
    except Unusable:
        pass
    if state := state_home(os.environ):
        yield os.path.join(state, "rocqshim")


def _forget(place: str, name: str, kept: float) -> None:
    for other in os.listdir(place):
        if other.startswith("unlimited-") and other[10:11].isdigit():
            path = os.path.join(place, other)
            age = time.time() - os.lstat(path).st_mtime
            if age > (kept if other == name else KEPT):
                os.unlink(path)


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

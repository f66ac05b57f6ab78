"""The broker's second address, which lies in no folder and so is not removed with one.

Off the usual path: a launcher looks there when the socket is not there, before it starts another
broker. An abstract address (unix(7)) goes with its process, however that ends, and only one process
can have it: two brokers never serve the same slices.
"""

import os
import zlib

from rocqshim.launch.contact import SILENCE, Contact
from rocqshim.launch.place import Unusable, user
from rocqshim.launch.silent import end_broker, is_stopped


def address(path: str) -> str:
    """The spare address of the broker at ``path``.

    A broker of another PID namespace, as in a container beside us, is another one.
    """
    world = os.stat("/proc/self/ns/pid")
    about = f"{path}\0{world.st_dev}:{world.st_ino}"
    return f"\0rocqshim-{user()}-{zlib.crc32(os.fsencode(about)):08x}"


def contact_at(path: str, patience: float = SILENCE) -> Contact | None:
    """Connect to the broker of ``path`` at its spare address; None where there is none.

    One that was stopped is killed: else it would go on beside the next one.
    """
    try:
        found = Contact(address(path), patience)
        if not is_stopped(found.pid):
            return found
        end_broker(found, "the broker was stopped")
        found.close()
    except (OSError, Unusable):  # Unusable: somebody else's has taken the name
        pass
    return None

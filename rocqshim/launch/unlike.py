"""What a launcher does for a broker that does not see its files as it does: it reads them.

Off the usual path: the broker was started without a group of ours, or in another mount namespace.
"""

import os

from rocqshim.launch.settled import ask


def read_settings(known: "dict[str, str]") -> "list[tuple[str, str]]":
    """Give the fields of ``settings``: empty where the files are as the broker knows them.

    known: the fields of its ``look``; ``seen`` has a line for each file, its stamp and its path.
    Without a text, the user has been told which setting is broken.
    """
    lines = known.get("seen", "").split("\n")
    if known.get("seen") and all(map(_is_as_seen, lines)):
        return []
    return [("settings", ask("all") or "")]


def _is_as_seen(line: str) -> bool:
    stamp, _, path = line.partition(" ")
    try:
        found = os.stat(path)
    except PermissionError:
        return stamp == "0:0:0"
    except OSError:
        return stamp == ""
    return stamp == f"{found.st_mtime_ns}:{found.st_size}:{found.st_ino}"


def clean(about: "list[tuple[str, str]]", started_ns: int, is_repeated: bool) -> None:
    """Remove what the killed compiler left half-written, or all if it is called once more."""
    from rocqshim.outputs import remove_truncated, remove_written

    named = dict(about)
    words = [value for key, value in about if key == "arg"]
    remove = remove_written if is_repeated else remove_truncated
    remove(named["cwd"], words, named["file"], named["kind"], started_ns)

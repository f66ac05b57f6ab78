"""The user's folders, as the XDG Base Directory Specification has them: one reader for all.

A relative path in a variable is ignored, as the specification demands: the broker, make and a
person in a terminal would each look elsewhere. The folder of the socket, which a launcher needs
at each call, is found in ``launch/place.py``. Nothing is imported here, as a launcher may do it.
"""


def config_home(environ: "Mapping[str, str]") -> str:
    """Where settings are: ``$XDG_CONFIG_HOME``, else ``~/.config``; "" without a home."""
    return _base(environ, "XDG_CONFIG_HOME", ".config")


def state_home(environ: "Mapping[str, str]") -> str:
    """Where a history is: ``$XDG_STATE_HOME``, else ``~/.local/state``; "" without a home."""
    return _base(environ, "XDG_STATE_HOME", ".local/state")


def home(environ: "Mapping[str, str]") -> str:
    """``$HOME``, else what the system has for our user (``env -i``); "" where there is none."""
    named = environ.get("HOME", "")
    return named if named.startswith("/") else _registered()


def _base(environ: "Mapping[str, str]", variable: str, below_home: str) -> str:
    named = environ.get(variable, "")
    if named.startswith("/"):
        return named
    above = home(environ)
    return f"{above}/{below_home}" if above else ""


def _registered() -> str:
    import os
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""  # a container's bare uid


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

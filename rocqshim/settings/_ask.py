"""Run as a file by the launcher: prints one setting of the current folder (``_ask.py enforce``)."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from rocqshim.errors import UserError
from rocqshim.settings.machine import this_machine
from rocqshim.settings.resolve import resolve
from rocqshim.settings.sent import as_text


def main(key: str) -> int:
    """Print the value of ``key`` or ``all``, an empty line if it is not set; or the error: 1."""
    try:
        settings = resolve(Path.cwd(), os.environ, this_machine())
    except UserError as error:
        print(f"rocq-exec: {error.fact}\n  {error.hint}")
        return 1
    print(as_text(settings) if key == "all" else getattr(settings, key).value or "")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""What one call costs: ``rocq-exec true`` against ``systemd-run --user --scope -q true``.

Needs a systemd user manager. Where there is none, ``make bench`` runs it in the container of
tests/vm (natively fast, but without controllers, so the backend is named).
"""

from __future__ import annotations

import os

from measure import ROCQ_EXEC, amount, in_turn

ROUNDS = amount(60)


def main() -> None:
    """Print the figure for this session, and for below ``user@.service``."""
    environ = {**os.environ, "ROCQSHIM_BACKEND": "systemd"}
    scope = ["systemd-run", "--user", "--scope", "-q", "true"]
    print("call   ", in_turn([ROCQ_EXEC, "true"], scope, ROUNDS, environ))


if __name__ == "__main__":
    main()

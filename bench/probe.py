"""What a probe costs more: ``rocq-exec coqc --version`` against ``coqc --version``."""

from __future__ import annotations

import shutil

from measure import ROCQ_EXEC, in_turn, own_broker


def main() -> None:
    """Print the figure."""
    coqc = shutil.which("coqc") or "rocq"
    with own_broker() as (_, environ):
        print("probe  ", in_turn([ROCQ_EXEC, coqc, "--version"], [coqc, "--version"], 40, environ))
        print("job    ", in_turn([ROCQ_EXEC, "true"], ["true"], 40, environ))


if __name__ == "__main__":
    main()

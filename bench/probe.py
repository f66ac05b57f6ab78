"""What a probe costs more: ``rocq-exec coqc --version`` against ``coqc --version``."""

from __future__ import annotations

import shutil

from measure import ROCQ_EXEC, amount, in_turn, own_broker

PAIRS = amount(40)


def main() -> None:
    """Print the figure."""
    coqc = shutil.which("coqc") or "rocq"
    with own_broker() as (_, environ):
        probe, job = [coqc, "--version"], ["true"]
        print("probe  ", in_turn([ROCQ_EXEC, *probe], probe, PAIRS, environ))
        print("job    ", in_turn([ROCQ_EXEC, *job], job, PAIRS, environ))


if __name__ == "__main__":
    main()

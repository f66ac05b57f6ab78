"""What a log of stderr costs a call: `rocq-exec true` with the setting stderr-logs and without."""

from __future__ import annotations

from measure import ROCQ_EXEC, amount, in_turn, own_broker, seconds

ROUNDS = amount(100)


def main() -> None:
    """Print medians, difference and ratio."""
    with own_broker() as (project, environ):
        there = {**environ, "ROCQSHIM_PROJECT": str(project)}
        command = [ROCQ_EXEC, "true"]
        seconds(command, there)
        logged = ["env", f"ROCQSHIM_STDERR_LOGS={project}/logs", *command]
        plain = ["env", "ROCQSHIM_STDERR_LOGS=", *command]
        print("stderr-logs", in_turn(logged, plain, ROUNDS, there))


if __name__ == "__main__":
    main()

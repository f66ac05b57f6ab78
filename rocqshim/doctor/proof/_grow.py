"""A job that takes memory bit by bit: MIB in all. It writes down its cgroup first."""

import sys
import time

STEP = 4 << 20  # bytes
held: list[bytes] = []


def main(mib: int) -> None:
    """Take MIB and hold it for a while; whoever still lives then was not stopped."""
    with open("grow.cgroup", "w") as file, open("/proc/self/cgroup") as own:
        file.write(own.read())
    for _ in range((mib << 20) // STEP):
        held.append(b"x" * STEP)
        time.sleep(0.02)
    time.sleep(3)


if __name__ == "__main__":
    main(int(sys.argv[1]))

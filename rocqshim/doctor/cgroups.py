"""cgroup v2: mounted, its controllers handed down to us, swap bounded, io.weight with an effect."""

from __future__ import annotations

from rocqshim.doctor.check import DEGRADED, FAILED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.doctor.managers import OUTSIDE, manager_group

UNIFIED = "systemd.unified_cgroup_hierarchy=1"
MOUNT = "sudo mount -t cgroup2 none /sys/fs/cgroup"
WATCHED = "the watchdog: it samples, and kills the youngest job above memory-max"
DROP_IN = "/etc/systemd/system/user@.service.d/delegate.conf"
DELEGATE = (
    f"sudo mkdir -p {DROP_IN.rpartition('/')[0]} && "
    rf"printf '[Service]\nDelegate=cpu io memory pids\n' | sudo tee {DROP_IN} && "
    "sudo systemctl daemon-reload; then log out of every session, and in again"
)
WANTED = ("memory", "pids", "cpu", "io")
LOST = {
    "memory": "memory-max",
    "pids": "tasks-max",
    "cpu": "cpu-quota and cpu-weight",
    "io": "io-weight (ionice stands in)",
}


def mount(host: Host, kind: str = "cgroup2") -> str:
    """Where cgroup v2 (or v1) is mounted, "" where it is not."""
    for line in host.read("/proc/self/mounts").splitlines():
        words = line.split()
        if len(words) > 2 and words[2] == kind:
            return words[1]
    return ""


def cgroup_v2(host: Host) -> Check:
    """Is cgroup v2 mounted, with a memory controller? On a hybrid machine it is, without one."""
    name, root = "cgroup v2", mount(host)
    found = host.read(f"{root}/cgroup.controllers") if root else ""
    if "memory" in found.split():
        return Check(name, OK, f"at {root}: {found}")
    layout = "no cgroup is mounted"
    if mount(host, "cgroup"):
        layout = "hybrid: the controllers belong to cgroup v1" if root else "only cgroup v1"
    elif root:
        layout = f"at {root}, without a memory controller"
    means = "no limit of the kernel can be set"
    return Check(name, DEGRADED, layout, means, _mend_layout(host, root), WATCHED)


def _mend_layout(host: Host, root: str) -> str:
    is_old = mount(host, "cgroup")
    word = UNIFIED if is_old else "cgroup_enable=memory"
    if host.is_container():
        return f"{OUTSIDE}: its host has to boot with {word} and hand cgroup v2 down to it"
    return at_boot(word) if is_old or root else MOUNT


def at_boot(words: str) -> str:
    """How a word comes to the kernel's command line."""
    return f"add {words} to GRUB_CMDLINE_LINUX in /etc/default/grub, sudo update-grub, and reboot"


def controllers(host: Host) -> Check:
    """Which controllers does the manager have to hand down?"""
    name, have = "controllers", delegated(host)
    if have is None:
        return Check(name, SKIPPED, "no manager with cgroup v2 answers: nothing is delegated")
    missing = [each for each in WANTED if each not in have]
    if not missing:
        return Check(name, OK, " ".join(have))
    means = f"not enforced: {', '.join(LOST[each] for each in missing)}"
    status = FAILED if "memory" in missing else DEGRADED
    found = f"{' '.join(have) or 'none'}; missing: {' '.join(missing)}"
    return Check(name, status, found, means, _mend_controllers(host, missing))


def delegated(host: Host) -> list[str] | None:
    """The controllers of the manager's own cgroup; None where no manager answers."""
    group = manager_group(host)
    if group is None or not mount(host):
        return None
    return host.read(f"{mount(host)}{group}/cgroup.controllers").split()


def _mend_controllers(host: Host, missing: list[str]) -> str:
    if host.uid == 0:
        word = f"cgroup_enable={','.join(missing)}"
        return (
            f"{OUTSIDE}: its host has to hand them down ({word})"
            if host.is_container()
            else at_boot(word)
        )
    written = host.read(DROP_IN)
    if all(each in written for each in missing):
        return f"{DROP_IN} is there: sudo systemctl daemon-reload; then log out and in again"
    return DELEGATE


def cpuset(host: Host) -> Check:
    """Was cpuset asked for, and had? rocqshim needs none, and it has cost others the rest."""
    name, have = "cpuset", delegated(host)
    if have is None or host.uid == 0:
        return Check(name, SKIPPED, "nothing is delegated")
    unit = f"user@{host.uid}.service"
    asked = host.value("systemctl", "show", unit, "--property=DelegateControllers", "--value")
    if "cpuset" not in asked.split():
        return Check(name, OK, "not asked for, and not needed")
    if "cpuset" in have:
        return Check(name, OK, "delegated; rocqshim does not use it")
    means = (
        "asked for in vain: a kernel before 6.6 with processes of other users below (systemd#18293)"
        ", systemd 255.8 to 255.10 (#34186), or a session from before the drop-in"
    )
    mend = f"leave cpuset out of Delegate= (systemctl cat {unit}), or log out of every session"
    return Check(name, DEGRADED, f"{unit} asks for it, and has {' '.join(have)}", means, mend)


def io_effect(host: Host) -> Check:
    """Does io.weight do anything? Only with bfq, or with iocost on (kernel: cgroup-v2, IO)."""
    name, root = "io scheduler", mount(host)
    if "io" not in (delegated(host) or []):
        return Check(name, SKIPPED, "there is no io controller for us")
    disks = [each for each in host.listed("/sys/block") if not each.startswith(("loop", "ram"))]
    bfq = [disk for disk in disks if "[bfq]" in host.read(f"/sys/block/{disk}/queue/scheduler")]
    if bfq or "enable=1" in host.read(f"{root}/io.cost.qos"):
        return Check(name, OK, f"bfq on {' '.join(bfq)}" if bfq else "iocost is on")
    if not disks:
        return Check(name, SKIPPED, "no disk is to be seen")
    means = "io-weight is accepted by the kernel and has no effect"
    mend = f"echo bfq | sudo tee /sys/block/{disks[0]}/queue/scheduler"
    return Check(name, DEGRADED, f"neither bfq nor iocost on {' '.join(disks)}", means, mend)


def swap(host: Host) -> Check:
    """Is there swap, and can it be bounded?"""
    areas = host.read("/proc/swaps").splitlines()[1:]
    if not areas:
        return Check("swap", OK, "none: memory-max bounds all there is")
    found = f"{sum(int(area.split()[2]) for area in areas) // 1024} MiB"
    root, own = mount(host), _own(host)
    if not root or "memory" not in host.read(f"{root}/cgroup.controllers").split():
        means = "the watchdog does not bound it: a build may fill it"
        mend = f"sudo swapoff -a, or: {cgroup_v2(host).mend}"
        return Check("swap", DEGRADED, found, means, mend)
    if host.exists(f"{root}{own}/memory.swap.max"):
        return Check("swap", OK, f"{found}, bounded by memory-swap-max")
    means = "memory-swap-max is not enforced: a build may fill the swap"
    return Check("swap", DEGRADED, f"{found}, no memory.swap.max", means, at_boot("swapaccount=1"))


def _own(host: Host) -> str:
    for line in host.read("/proc/self/cgroup").splitlines():
        if line.startswith("0::"):
            return line[3:]
    return ""

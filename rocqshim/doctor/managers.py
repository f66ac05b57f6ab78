"""systemd: is it there, does the manager answer, does it outlive the session."""

from __future__ import annotations

from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host

WITHOUT = "the backend systemd cannot be had: cgroup2 takes its place, or the watchdog"
NOT_BOOTED = "no systemd runs here"


def booted(host: Host) -> bool:
    """Tell whether systemd is PID 1 (man sd_booted)."""
    return host.exists("/run/systemd/system")


def scope(host: Host) -> list[str]:
    """The words for systemctl: root has the system manager, others have their own."""
    return ["systemctl"] if host.uid == 0 else ["systemctl", "--user"]


def systemd(host: Host) -> Check:
    """Is systemd PID 1, and which version?"""
    said = host.value("systemctl", "--version").split("\n")[0]
    if booted(host):
        return Check("systemd", OK, said.removeprefix("systemd ") or "running, version unknown")
    first = host.read("/proc/1/comm") or "unknown"
    mend = "Boot the machine or container with systemd."
    if "microsoft" in host.read("/proc/sys/kernel/osrelease").lower():
        mend = "In /etc/wsl.conf: [boot] systemd=true; then, in Windows: wsl --shutdown"
    return Check("systemd", DEGRADED, f"it is not running (PID 1 is {first})", WITHOUT, mend)


def manager(host: Host) -> Check:
    """Does the user manager answer (for root: the system manager)?"""
    name = "system manager" if host.uid == 0 else "user manager"
    if not booted(host):
        return Check(name, SKIPPED, NOT_BOOTED)
    for path in sockets(host):
        if host.connects(path):
            return Check(name, OK, f"answers at {path}")
    given = host.environ.get("XDG_RUNTIME_DIR", "")
    found = f"does not answer at {' or '.join(sockets(host))}"
    found += "" if given else "; XDG_RUNTIME_DIR is not set"
    return Check(name, DEGRADED, found, WITHOUT, _mend_manager(host, given))


def sockets(host: Host) -> list[str]:
    """Where the manager listens: its own socket, then the bus."""
    if host.uid == 0:
        return ["/run/systemd/private", "/run/dbus/system_bus_socket"]
    folder = host.runtime_folder()
    return [f"{folder}/systemd/private", f"{folder}/bus"]


def _mend_manager(host: Host, given: str) -> str:
    if host.uid == 0:
        return "systemctl daemon-reexec"
    usual = f"/run/user/{host.uid}"
    if given != usual and host.exists(f"{usual}/systemd/private"):
        return f"export XDG_RUNTIME_DIR={usual}"
    # su and sudo -u open no session; lingering starts the manager without one.
    return f"sudo loginctl enable-linger {host.uid}, and log in by ssh or `machinectl shell`"


def lingering(host: Host) -> Check:
    """Does the user manager outlive the last session?"""
    if host.uid == 0 or not booted(host):
        why = "the system manager needs none" if booted(host) else NOT_BOOTED
        return Check("lingering", SKIPPED, why)
    said = host.value("loginctl", "show-user", str(host.uid), "--property=Linger", "--value")
    if said == "yes":
        return Check("lingering", OK, "on")
    if said != "no":
        return Check("lingering", SKIPPED, "loginctl knows no session of this user")
    means = "a build that goes on after your last logout (tmux, nohup) loses its compilers"
    return Check("lingering", DEGRADED, "off", means, "loginctl enable-linger")

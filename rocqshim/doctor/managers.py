"""systemd: is it there, does the manager answer, does it outlive the session."""

from __future__ import annotations

from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host, properties

WITHOUT = "the backend systemd is not available"
INSTEAD = "the backend cgroup2 where cgroup v2 can be written, otherwise the watchdog: see backend"
OUTSIDE = "nothing from inside this container"
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
    mend = "boot with systemd as PID 1 (Debian: sudo apt install systemd-sysv, then reboot)"
    if host.is_container():
        mend = f"{OUTSIDE}: start it with podman run --systemd=always, or build on its host"
    elif "microsoft" in host.read("/proc/sys/kernel/osrelease").lower():
        mend = "In /etc/wsl.conf: [boot] systemd=true; then, in Windows: wsl --shutdown"
    return Check(
        "systemd", DEGRADED, f"it is not running (PID 1 is {first})", WITHOUT, mend, INSTEAD
    )


def manager(host: Host) -> Check:
    """Does the user manager answer (for root: the system manager)?"""
    name = "system manager" if host.uid == 0 else "user manager"
    if not booted(host):
        return Check(name, SKIPPED, NOT_BOOTED)
    for path in sockets(host):
        if host.connects(path):
            return Check(name, OK, f"answers at {path}")
    found = f"does not answer at {' or '.join(sockets(host))}"
    found += "" if host.environ.get("XDG_RUNTIME_DIR") else "; XDG_RUNTIME_DIR is not set"
    return Check(name, DEGRADED, found, WITHOUT, _mend_manager(host), INSTEAD)


def sockets(host: Host) -> list[str]:
    """Where the manager listens: its own socket, then the bus."""
    if host.uid == 0:
        return ["/run/systemd/private", "/run/dbus/system_bus_socket"]
    folder = host.runtime_folder()
    return [f"{folder}/systemd/private", f"{folder}/bus"]


def _mend_manager(host: Host) -> str:
    if host.uid == 0:
        return "systemctl daemon-reexec"
    usual = f"/run/user/{host.uid}"
    if host.runtime_folder() != usual and host.exists(f"{usual}/systemd/private"):
        return f"export XDG_RUNTIME_DIR={usual}"
    # su and sudo -u open no session; lingering starts the manager without one.
    return f"sudo loginctl enable-linger {host.uid}, and log in by ssh or `machinectl shell`"


def queue(host: Host) -> Check:
    """Does the manager work, and not only listen? One that starves lets every build wait."""
    name = "manager queue"
    if manager(host).status != OK:
        return Check(name, SKIPPED, "see the manager")
    said = host.command(*scope(host), "show", "--property=NJobs,NFailedUnits")
    if said is None or said.status:
        found = said.error.partition("\n")[0] if said else "no systemctl in PATH"
        return Check(name, DEGRADED, found or "no answer", STUCK, _mend_stuck(host))
    entry = properties(said.text)
    return judge_queue(int(entry.get("NJobs") or 0), int(entry.get("NFailedUnits") or 0), host)


def judge_queue(jobs: int, failed: int, host: Host) -> Check:
    """jobs: starts and stops that wait. failed: units that are kept until they are reset."""
    name, found = "manager queue", f"{jobs} jobs wait, {failed} failed units are kept"
    command = " ".join(scope(host))
    if jobs > MANY_JOBS:
        return Check(name, DEGRADED, found, STUCK, f"{command} list-jobs; {command} cancel")
    if failed > MANY_FAILED:
        means = "each look at the manager's units takes longer (130000 have blocked one)"
        return Check(name, DEGRADED, found, means, f"{command} reset-failed")
    return Check(name, OK, found)


STUCK = "slices and jobs start late or not at all: builds wait, then go on without limits"
MANY_JOBS = 20
MANY_FAILED = 100


def _mend_stuck(host: Host) -> str:
    if host.uid == 0:
        return "systemctl daemon-reexec"
    return f"sudo systemctl restart user@{host.uid}.service   (ends what runs in it)"


def manager_group(host: Host) -> str | None:
    """The cgroup of our manager, "" for the root; None where no manager answers."""
    if not booted(host):
        return None
    group = host.value(*scope(host), "show", "--property=ControlGroup", "--value")
    return None if not group and host.uid else group.rstrip("/")


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

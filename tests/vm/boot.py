"""Boot a throw-away virtual machine from an image of image.sh, and end it whatever happens.

with Guest("forky") as guest:
    guest.run("systemctl is-system-running")

Every run writes to a qcow2 overlay in a folder of its own, so the image stays as it was made. The
machine reaches no network and is reached on a loopback port only. Measured in README.md: what the
processor model, the kernel options and the devices below cost.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import kept
from machine import BedError, Machine, cache, script
from ssh import Connection, answers

BOOT_TIMEOUT = 300.0  # seconds until ssh answers; 15 on an idle machine, over 100 on a busy one
ATTEMPTS = 3
MEMORY = "4096"  # MiB
# qemu64 with what compilers ask for; `max` and Nehalem took the same time, and `max` means another
# thing in every QEMU. Two processors: four took a third more work to boot, one tests no races.
PROCESSOR = "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+cx16,+rdrand"
EMULATED = ["-accel", "tcg,thread=multi", "-cpu", PROCESSOR]
# Not the default: a /dev/kvm that exists may still hang every kernel, as on nested hosts.
KVM = ["-accel", "kvm", "-cpu", "host"]
# panic=-1 with -no-reboot makes a dead kernel end qemu; loglevel=5 shows OOM kills on the console;
# without tsc=reliable a busy host makes the kernel fall back to a clock that is slow to emulate;
# the rest takes out what only costs time here (mitigations, watchdogs, audit, AppArmor).
KERNEL = (
    "root=/dev/vda rw console=ttyS0 loglevel=5 panic=-1 net.ifnames=0 psi=1 tsc=reliable"
    " mitigations=off audit=0 apparmor=0 nowatchdog no5lvl edd=off random.trust_cpu=on"
    " TERM=dumb systemd.show_status=auto"
)


class Guest(Machine):
    """One virtual machine: a qemu process, its overlay, its console log and its ssh connections."""

    kind = "guest"

    def __init__(self, suite: str, *, keep: bool = False) -> None:
        super().__init__(suite, keep=keep)
        self.connections: dict[str, Connection] = {}

    def start(self) -> None:
        """Boot; again when the kernel dies on the way."""
        for attempt in range(ATTEMPTS):
            self._launch()
            if self._wait():
                return
            print(f"{self.suite}: boot {attempt + 1} died\n{self.console()}", flush=True)
            self.stop()
        raise BedError(f"{self.suite} did not boot", "the console's end is above")

    def _launch(self) -> None:
        image, emulator = script("image.sh", self.suite), script("qemu.sh")
        self.folder = Path(tempfile.mkdtemp(prefix=f"rocqshim-{self.suite}-"))
        self._make_overlay(image.resolve() / "image.ext4", emulator)
        self.port = free_port()
        with (self.folder / "errors").open("wb") as log:
            self.pid = subprocess.Popen(
                self._command(image.resolve(), emulator),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            ).pid

    def _make_overlay(self, image: Path, emulator: Path) -> None:
        words = ["create", "-q", "-f", "qcow2", "-b", str(image), "-F", "raw"]
        subprocess.run([emulator / "qemu-img", *words, self.folder / "disk"], check=True)

    def _command(self, image: Path, emulator: Path) -> list[str]:
        disk = f"file={self.folder}/disk,format=qcow2,if=virtio,cache=unsafe,discard=unmap"
        network = f"user,id=n,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-:22"
        processor = KVM if os.environ.get("ROCQSHIM_VM_ACCEL") == "kvm" else EMULATED
        # setpriv: a run killed with SIGKILL takes its guest along.
        leash = [] if self.keep else ["setpriv", "--pdeathsig", "KILL"]
        return [
            *leash, str(emulator / "qemu-system-x86_64"),
            "-M", "q35,sata=off,usb=off,smbus=off", *processor, "-smp", "2", "-m", MEMORY,
            "-nodefaults", "-display", "none", "-no-reboot",
            "-serial", f"file:{self.folder}/console",
            "-kernel", str(image / "vmlinuz"), "-initrd", str(image / "initrd"), "-append", KERNEL,
            "-drive", disk, "-netdev", network, "-device", "virtio-net-pci,netdev=n,romfile=",
            "-device", "virtio-rng-pci",
        ]  # fmt: skip

    def _wait(self) -> bool:
        """Wait until sshd answers and dev can log in; False when qemu ended before."""
        deadline = time.monotonic() + BOOT_TIMEOUT
        while time.monotonic() < deadline:
            if not self.alive():
                return False
            if answers(self.port) and self._connection("dev").open(deadline - time.monotonic()):
                return True
            time.sleep(0.3)
        return False

    def alive(self) -> bool:
        """Whether the qemu process runs; also collects it when it has ended."""
        return kept.runs(self.pid, str(self.folder))

    def _connection(self, user: str) -> Connection:
        if user not in self.connections:
            key = cache() / "id_ed25519"
            self.connections[user] = Connection(user, self.port, key, self.folder)
        return self.connections[user]

    def argv(self, command: str, user: str) -> list[str]:
        """Over one connection for each user, so that all of a user's commands share a session."""
        connection = self._connection(user)
        if not connection.open(BOOT_TIMEOUT):
            raise BedError(f"{user} cannot log in to {self.suite}", self.how_to_enter())
        return [*connection.command, command]

    def disconnect(self) -> None:
        """Log out: the next run gets new sessions."""
        for connection in self.connections.values():
            connection.close()

    def stop(self) -> None:
        """End qemu, by its id, and remove the overlay and the logs."""
        self.disconnect()
        kept.end(self.pid, str(self.folder), signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def how_to_enter(self) -> str:
        """The helper finds the port and the key itself."""
        return f"tests/vm/ssh.sh {self.suite}"


def free_port() -> int:
    """A loopback port nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""One multiplexed ssh connection to a guest: the handshake, slow there, is paid once."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path


class Connection:
    """A master process that holds a login of one user open; commands go through its socket."""

    def __init__(self, user: str, port: int, key: Path, folder: Path) -> None:
        """`folder` receives the control socket; its path must stay under 90 bytes."""
        self.master: subprocess.Popen[bytes] | None = None
        options = [
            f"ControlPath={folder}/{user}.ssh", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR",
            "StrictHostKeyChecking=no", "IdentitiesOnly=yes", "BatchMode=yes",
            "ConnectTimeout=120", "ServerAliveInterval=30", "ServerAliveCountMax=10",
            # The cheapest to compute for a processor without vector or AES instructions.
            "KexAlgorithms=curve25519-sha256", "Ciphers=chacha20-poly1305@openssh.com",
        ]  # fmt: skip
        words = [word for option in options for word in ("-o", option)]
        target = ["-i", str(key), "-p", str(port), f"{user}@127.0.0.1"]
        self.command = ["ssh", "-F", "none", *words, *target]

    def open(self, timeout: float) -> bool:
        """Log in unless that has been done; False when it fails within `timeout` seconds."""
        if self.master and self.master.poll() is None:
            return True
        self.master = subprocess.Popen(
            [*self.command, "-M", "-N"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.master.poll() is None:
            if self._control("check") == 0:
                return True
            time.sleep(0.1)
        self.close()
        return False

    def _control(self, word: str) -> int:
        asked = [*self.command, "-O", word]
        return subprocess.run(asked, check=False, stderr=subprocess.DEVNULL, timeout=60).returncode

    def close(self) -> None:
        """Log out and wait for the master to end."""
        if self.master is None:
            return
        self.master.terminate()
        try:
            self.master.wait(5)
        except subprocess.TimeoutExpired:
            self.master.kill()
            self.master.wait()
        self.master = None


def answers(port: int) -> bool:
    """Whether sshd greets on a loopback port; qemu itself accepts connections long before."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as client:
            client.settimeout(3)
            return client.recv(4) == b"SSH-"
    except OSError:
        return False

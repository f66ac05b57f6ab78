"""A machine made of data, for the checks of the doctor."""

from __future__ import annotations

from collections.abc import Mapping

from rocqshim.doctor.host import Host, Output


class FakeHost(Host):
    """files: path to text. said: command line to what it prints (None: it fails)."""

    def __init__(
        self,
        files: Mapping[str, str] | None = None,
        said: Mapping[str, str | None] | None = None,
        uid: int = 1000,
        environ: Mapping[str, str] | None = None,
        listens: tuple[str, ...] = (),
        tasks: tuple[int | None, int] = (None, 1),
    ) -> None:
        super().__init__(environ=environ or {}, uid=uid)
        self.files = dict(files or {})
        self.said = dict(said or {})
        self.listens = listens
        self.tasks = tasks

    def read(self, path: str) -> str:
        return self.files.get(path, "")

    def exists(self, path: str) -> bool:
        return any(name == path or name.startswith(f"{path}/") for name in self.files)

    def listed(self, folder: str) -> list[str]:
        below = [name[len(folder) + 1 :] for name in self.files if name.startswith(f"{folder}/")]
        return sorted({name.split("/")[0] for name in below})

    def which(self, name: str) -> str:
        return f"/usr/bin/{name}" if any(line.split()[0] == name for line in self.said) else ""

    def owns(self, folder: str) -> bool:
        return bool(folder) and self.exists(folder)

    def connects(self, path: str) -> bool:
        return path in self.listens

    def task_limit(self) -> int | None:
        return self.tasks[0]

    def tasks_of_user(self) -> int:
        return self.tasks[1]

    def command(self, *words: str) -> Output | None:
        if not self.which(words[0]):
            return None
        text = self.said.get(" ".join(words))
        return Output(1, "", "no") if text is None else Output(0, text)


CGROUP2 = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0"
GROUP = "/user.slice/user-1000.slice/user@1000.service"
PRIVATE = "/run/user/1000/systemd/private"
BOOTED = {
    "/run/systemd/system/x": "",
    "/proc/self/mounts": CGROUP2,
    "/proc/self/cgroup": f"0::{GROUP}/app.slice/x.scope",
    "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids",
    f"/sys/fs/cgroup{GROUP}/cgroup.controllers": "cpu memory pids",
    "/proc/swaps": "Filename Type Size Used Priority",
}
SAID: dict[str, str | None] = {
    "systemctl --version": "systemd 252 (252.39-1~deb12u1)\n+PAM",
    "systemctl --user show --property=ControlGroup --value": GROUP,
    "loginctl show-user 1000 --property=Linger --value": "no",
}


def desktop(**files: str) -> FakeHost:
    """A usual systemd desktop with ``files`` added; call it with ``**{path: text}``."""
    return FakeHost({**BOOTED, **files}, SAID, listens=(PRIVATE,))

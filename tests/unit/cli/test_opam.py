"""What opam gets: whose settings, and what its sandbox shows."""

from __future__ import annotations

import sys

import pytest

from rocqshim.run.opam import is_opam, project_of, shown

PACKAGE = {"OPAM_PACKAGE_NAME": "demo", "OPAM_SWITCH_PREFIX": "/home/eve/.opam/rocq"}


@pytest.mark.parametrize(
    ("command", "environ", "expected"),
    [
        (["opam", "install", "demo"], {}, True),
        (["/usr/bin/opam", "exec"], {}, True),
        (["/home/eve/.opam/opam-init/hooks/sandbox.sh", "build", "make"], {}, True),
        (["bwrap", "make"], {}, True),
        (["make"], PACKAGE, True),
        (["make", "opam"], {}, False),
        (["sh", "-c", "opam install demo"], {}, False),
    ],
)
def test_which_commands_are_for_opam(
    command: list[str], environ: dict[str, str], expected: bool
) -> None:
    assert is_opam(command, environ) == expected


def test_the_settings_are_those_of_the_folder_opam_was_called_in() -> None:
    switch = {"OPAM_SWITCH_PREFIX": "/home/eve/.opam/rocq"}  # of `eval $(opam env)`

    assert project_of({}, "/home/eve/work") == "/home/eve/work"
    assert project_of(switch, "/home/eve/work") == "/home/eve/work"


def test_for_a_package_they_are_those_of_its_switch() -> None:
    build = "/home/eve/.opam/rocq/.opam-switch/build/demo.1"

    assert project_of(PACKAGE, build) == "/home/eve/.opam/rocq"


def test_the_sandbox_shows_what_a_launcher_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "base_prefix", "/root/python")
    environ = {"PATH": "/root/.local/state/rocqshim/shims/x:/usr/bin"}

    found = shown(environ, "/root/.local/bin/rocq-exec")

    assert found == "/root/.local:/root/python:/root/.local/state/rocqshim/shims/x"


def test_what_it_shows_anyway_is_not_named_and_what_was_named_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    environ = {"PATH": "/usr/bin", "OPAM_USER_PATH_RO": "/nix/store:/rw"}

    assert shown(environ, "/home/eve/.local/bin/rocq-exec") == "/nix/store:/rw"
    assert shown({"PATH": "relative:/usr/bin"}, "/opt/r/bin/rocq-exec") == ""

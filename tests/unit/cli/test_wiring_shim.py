"""What is taken for the launcher under a compiler's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.doctor.wiring.shim import is_shim, shim_test


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('#!/bin/sh\nexec rocq-exec /usr/bin/coqc "$@"\n', True),
        ("#!/bin/sh\n# rocqshim launcher for coqc. Written by `rocqshim shims`.\n", True),
        ('#!/bin/sh\nexec /usr/bin/coqc "$@"\n', False),
        ("\x7fELF rocq-exec", False),
        ("", False),
    ],
)
def test_a_script_that_names_the_launcher(tmp_path: Path, text: str, expected: bool) -> None:
    file = tmp_path / "coqc"
    file.write_text(text)

    assert is_shim(str(file)) is expected


def test_a_link_to_the_launcher(tmp_path: Path) -> None:
    (tmp_path / "rocq-exec").touch()
    (tmp_path / "coqc").symlink_to("rocq-exec")

    assert is_shim(str(tmp_path / "coqc"))
    assert not is_shim(str(tmp_path / "nothing"))


def test_programs_are_looked_for_as_a_shell_does(tmp_path: Path) -> None:
    for folder, text in (("shims", "#!/bin/sh\nrocq-exec\n"), ("real", "#!/bin/sh\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "coqc").write_text(text)
        (tmp_path / folder / "coqc").chmod(0o755)
    path = f"{tmp_path}/shims:{tmp_path}/real"

    is_shim_here = shim_test(path, str(tmp_path))

    assert is_shim_here("coqc") and is_shim_here("shims/coqc")
    assert not is_shim_here("real/coqc") and not is_shim_here("rocq")

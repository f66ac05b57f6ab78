"""The rules of tests/conftest.py, tried on small suites that break them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"


def suite(folder: Path, text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(CONFTEST, folder)
    (folder / "test_it.py").write_text(text)
    environ = {key: value for key, value in os.environ.items() if key != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", str(folder)],
        env={**environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


SKIPS = {
    "a test": "import pytest\ndef test_x(): pytest.skip('no compiler')\n",
    "a mark": "import pytest\n@pytest.mark.skip('no compiler')\ndef test_x(): pass\n",
    "a module": "import pytest\npytest.skip('no compiler', allow_module_level=True)\n",
    "an import": "import pytest\npytest.importorskip('no_compiler', reason='no compiler')\n",
}


@pytest.mark.parametrize("name", SKIPS)
def test_a_skip_is_named_and_in_ci_a_failure(tmp_path: Path, name: str) -> None:
    done = suite(tmp_path, SKIPS[name])
    assert "1 skipped" in done.stdout
    assert "no compiler" in done.stdout

    done = suite(tmp_path, SKIPS[name], CI="true")
    assert done.returncode not in (0, 5)
    assert "skipped, which is a failure where CI=true" in done.stdout
    assert "no compiler" in done.stdout


def test_an_expected_failure_is_none_in_ci(tmp_path: Path) -> None:
    text = "import pytest\n@pytest.mark.xfail\ndef test_x(): assert 0\n"

    assert suite(tmp_path, text, CI="true").returncode == 0


def test_a_process_that_is_left_fails_the_session(tmp_path: Path) -> None:
    text = (
        "import subprocess\n"
        "def test_x(): subprocess.Popen(['sleep', '7.25'], start_new_session=True)\n"
    )

    done = suite(tmp_path, text)

    assert done.returncode == 1
    assert "left behind at the end of the tests" in done.stdout
    assert "sleep 7.25" in done.stdout


def test_each_test_has_a_home_of_its_own_and_nothing_of_make(tmp_path: Path) -> None:
    text = (
        "import os, pathlib, tempfile, pytest\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_x(n):\n"
        "    assert list(pathlib.Path.home().iterdir()) == []\n"
        "    (pathlib.Path.home() / 'x').touch()\n"
        "    assert tempfile.gettempdir() == os.environ['TMPDIR']\n"
        "    assert not {'MAKEFLAGS', 'COQC', 'ROCQSHIM_ENFORCE'} & set(os.environ)\n"
        "    assert len(os.environ['XDG_RUNTIME_DIR']) < 40\n"
    )

    done = suite(tmp_path, text, MAKEFLAGS="-j2", COQC="x", ROCQSHIM_ENFORCE="off", TMPDIR="/tmp")

    assert done.returncode == 0, done.stdout

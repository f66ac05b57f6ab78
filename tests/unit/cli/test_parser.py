"""Wrong words on a command line: the nearest right ones, and status 2."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

import pytest

from rocqshim.__main__ import COMMANDS, main, parser_of
from rocqshim.cli.parser import Parser
from rocqshim.errors import UsageError


@pytest.fixture(autouse=True)
def _own_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "ROCQSHIM_STATE"):
        monkeypatch.setenv(name, str(tmp_path))


@pytest.mark.parametrize(
    ("line", "fact", "hint"),
    [
        ("stauts --json", 'There is no command "stauts".', "Did you mean: rocqshim status --json?"),
        ("repo", 'There is no command "repo".', "Did you mean: rocqshim report?"),
        ("sh -c true", 'no command "sh"', "To run that program: rocqshim run -- sh -c true"),
        ("dune build", 'no command "dune"', "To run that program: rocqshim run -- dune build"),
        ("mkae -j4", 'no command "mkae"', "To run that program: rocqshim run -- make -j4"),
        ("zzz", 'There is no command "zzz".', "See: rocqshim --help"),
        ("--json status", "no option --json before a command", "rocqshim status --json"),
        ("--versoin", "no option --versoin", "Did you mean --version?"),
        ("help stauts", 'help: there is no COMMAND "stauts".', "Did you mean status?"),
        ("run -j4 sh", "run has no option -j4.", "rocqshim run -- sh -j4"),
        ("run -j4 -- sh x", "run has no option -j4.", "rocqshim run -- sh x -j4"),
        ("run -j 4 sh", "run has no option -j.", "rocqshim run -- make -j4"),
        ("doctor -k sh", "doctor has no option -k.", "rocqshim doctor -- sh -k"),
        ("run --lgo x -- true", "run has no option --lgo.", "Did you mean --log?"),
        ("run --log-file=x true", "run has no option --log-file.", "Did you mean --log?"),
        ("run", "There is no command to run.", "rocqshim run --log build.log -- make"),
        ("run --profile singel true", '--profile: there is no profile "singel"', '"single"'),
        ("report --htlm x", "report has no option --htlm.", "Did you mean --html?"),
        ("report --build", "report: --build: expected one argument.", "rocqshim report --help"),
        ("report --fail-if-peak 9", '--fail-if-peak "9" is 9 bytes', 'did you mean "9G"?'),
        ("report --max-growth x", '--max-growth "x" is no such share.', "0% to 10000%"),
        ("report --html a --trace a", "both be written to a.", "--html report.html"),
        ("simulate", "simulate: TRACE is missing.", "See: rocqshim simulate --help"),
        ("simulate x --memory much", '--memory "much" is not a size.', "bytes or a size"),
        ("simulate x --cores 0", '--cores "0" is out of range.', "1 to 10000"),
        ("simulate x --use rampe", 'simulate: there is no --use "rampe".', "Did you mean ramp?"),
        ("completion fsih", 'completion: there is no SHELL "fsih".', "Did you mean fish?"),
        ("stop --al", "stop has no option --al.", "Did you mean --all?"),
        ("config x", 'config: "x" is one word too many.', "See: rocqshim config --help"),
        ("init --profile singel", "There is no built-in profile singel.", "Did you mean single?"),
        ("history --since then", "history: --since: 'then' is not one of", "history --help"),
        ("history export", "There is no file to write the trace to.", "--trace build.json"),
        ("history prune", "It is not said which builds", "--keep 20"),
        ("history --json --csv", "exclude each other", "Choose one"),
        ("history --keep 3", "--keep is not for rocqshim history list.", "--since"),
        ("logs -n many", "logs: -n/--lines: 'many' is no number of lines.", "logs --help"),
        ("logs --since then", "--since 'then' is no time.", "Say one of"),
        ("doctor --prove sh", "--prove is about this machine", "rocqshim doctor -- sh"),
    ],
)
def test_wrong_words(line: str, fact: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(line)) == 2

    done = capsys.readouterr()
    first, second = done.err.splitlines()
    assert fact in first and first.startswith("rocqshim: ")
    assert hint in second and second.startswith("  ")
    assert done.out == ""


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "exec"])
def test_each_command_names_its_nearest_option(name: str) -> None:
    parser = parser_of(name)
    for flag in parser.flags():
        if flag.startswith("--"):
            with pytest.raises(UsageError, match=rf"Did you mean {flag}\?"):
                parser.parse([f"{flag}x", *_words(parser)])


def _words(parser: Parser) -> list[str]:
    needed = [it for it in parser._actions if not it.option_strings and it.nargs is None]
    return [str(next(iter(it.choices))) if it.choices else "word" for it in needed]


@pytest.mark.parametrize("words", [["help"], ["--help"], ["help", "run"], ["help", "exec"]])
def test_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(words)
    except SystemExit as end:  # --help is argparse's
        status = int(end.code or 0)

    assert (status, capsys.readouterr().out[:6]) == (0, "usage:")


def test_help_of_a_command_is_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    main(["help", "report"])

    assert capsys.readouterr().out == parser_of("report").format_help()


def test_whole_command_lines_in_one_word(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "sh -c true", "x"]) == 127
    assert capfd.readouterr().err.splitlines()[-2:] == [
        "rocqshim: sh -c true: not found",
        "  Each word of a command stands for itself: rocqshim run -- sh -c true x",
    ]
    assert main(["run", "sh x && sh y"]) == 127
    assert "rocqshim run -- sh -c 'sh x && sh y'" in capfd.readouterr().err
    assert main(["run", "no such 'program"]) == 127
    assert capfd.readouterr().err.count("\n") == 1
    assert main(["doctor", "sh -c true"]) == 1
    assert "rocqshim doctor -- sh -c true" in capfd.readouterr().out


def test_no_abbreviations() -> None:
    with pytest.raises(UsageError):
        parser_of("stop").parse(["--a"])
    assert isinstance(parser_of("stop").parse(["--all"]), argparse.Namespace)

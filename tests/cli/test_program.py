import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import UnexpectedExit
from invoke.runners import Result

from lab.cli import program
from lab.cli.program import ROOT, main
from lab.cli.verb import command_of, verb
from lab.cli.verbs.soak_verb import with_rows
from lab.errors import EngineError, Inconclusive, InputError, ScenarioFailed

Ending = Callable[[], object]


@pytest.fixture
def ends_as(monkeypatch: pytest.MonkeyPatch) -> Callable[[Ending], None]:
    """Give the program one verb, ``go``, that does what it is told."""

    def install(ending: Ending) -> None:
        @verb
        def go(context: Context) -> int | None:
            """Go."""
            return ending()  # type: ignore[return-value]

        monkeypatch.setattr(program, "_collection", lambda: Collection(go))

    return install


def _raise(error: BaseException) -> Ending:
    def ending() -> object:
        raise error

    return ending


@pytest.mark.parametrize(
    ("ending", "code", "said"),
    [
        (lambda: None, 0, ""),
        (lambda: 7, 7, ""),
        (_raise(ScenarioFailed("it went wrong")), 1, "it went wrong\n"),
        (_raise(InputError("no such thing")), 2, "no such thing\n"),
        (_raise(EngineError("no engine")), 3, "no engine\n"),
        (_raise(Inconclusive("frames were dropped")), 4, "frames were dropped\n"),
        (_raise(KeyboardInterrupt()), 130, "interrupted\n"),
    ],
)
def test_every_end_has_its_exit_code_and_one_message(
    ends_as: Callable[[Ending], None],
    capsys: pytest.CaptureFixture[str],
    ending: Ending,
    code: int,
    said: str,
) -> None:
    ends_as(ending)
    assert main(["go"]) == code
    assert capsys.readouterr().err == said


def test_a_defect_is_called_one_and_its_place_is_shown_only_with_debug(
    ends_as: Callable[[Ending], None], capsys: pytest.CaptureFixture[str]
) -> None:
    ends_as(_raise(ZeroDivisionError("oops")))
    assert main(["go"]) == 70
    assert capsys.readouterr().err == (
        "this is a defect of Wiretale (ZeroDivisionError: oops); run it again with --debug to see where\n"
    )
    assert main(["go", "--debug"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_what_a_node_said_cannot_control_the_terminal(
    ends_as: Callable[[Ending], None], capsys: pytest.CaptureFixture[str]
) -> None:
    ends_as(_raise(EngineError("node 'web' died; its last lines:\n\x1b[2Jgone")))
    assert main(["go"]) == 3
    assert capsys.readouterr().err == "node 'web' died; its last lines:\n␛[2Jgone\n"


def test_a_page_of_a_topology_cannot_control_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "shop.yml"
    nodes = r'nodes: {shop: {kind: http, links: {lan: 2}, pages: {/: "\e[31mred"}}}'
    file.write_text(f"name: shop\nnetworks: {{lan: 10.0.0.0/24}}\n{nodes}\n")
    assert main(["plan", str(file)]) == 0
    assert "| ␛[31mred\n" in capsys.readouterr().out


def test_a_picture_goes_into_a_file_or_to_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "home-lan", f"file={tmp_path / 'home.svg'}"]) == 0
    assert "home.svg" in capsys.readouterr().out
    assert main(["graph", "home-lan"]) == 0
    assert capsys.readouterr().out == (tmp_path / "home.svg").read_text()


@pytest.mark.parametrize("words", [["format=png"], ["file=/no/such/folder/home.svg"]])
def test_a_picture_that_cannot_be_made_is_wrong_input(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "home-lan", *words]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_terminal_that_knows_few_characters_is_no_defect() -> None:
    code = "import sys; from lab.cli import program, terminal; sys.argv[1:] = ['--version']; program.main()\n"
    answer = _python("-X", "utf8=0", "-c", f"{code}terminal.say('\u2713 done')", PYTHONIOENCODING="ascii")
    assert (answer.returncode, answer.stdout.splitlines()[-1]) == (0, "? done")


def test_debug_shows_where_an_error_of_ours_comes_from(
    ends_as: Callable[[Ending], None], capsys: pytest.CaptureFixture[str]
) -> None:
    ends_as(_raise(EngineError("no engine")))
    assert main(["go", "--debug"]) == 3
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "EngineError: no engine" in said


def test_a_program_that_a_verb_ran_and_that_failed_gives_its_exit_code(
    ends_as: Callable[[Ending], None], capsys: pytest.CaptureFixture[str]
) -> None:
    ends_as(_raise(UnexpectedExit(Result(command="false", exited=9))))
    assert main(["go"]) == 9
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [["upp"], ["up"], ["up", "toplogy=x"], ["engine.start"], ["check", "no-such-lab"]])
def test_wrong_input_ends_with_two(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    said = capsys.readouterr()
    assert not said.out
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize("words", [[], ["--help"], ["up", "--help"], ["up", "nonsense", "words", "-h"], ["--list"]])
def test_help_always_ends_well(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert "topology" in capsys.readouterr().out


def test_the_command_after_two_dashes_is_taken_apart_again() -> None:
    assert command_of(Context(remainder="sh -c 'echo  a'")) == ("sh", "-c", "echo  a")


def _python(*words: str, cwd: Path = ROOT, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | more
    argv = [sys.executable, *words]
    return subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_listing_the_verbs_imports_nothing_heavy() -> None:
    heavy = {"scapy", "docker", "pydantic", "rich", "requests"}
    code = f"import sys; from lab.cli.program import main; main(['--list']); print({heavy} & set(sys.modules))"
    assert _python("-c", code).stdout.endswith("set()\n")


def test_it_runs_from_any_directory(tmp_path: Path) -> None:
    assert "home-lan is in order" in _python("-m", "lab.cli", "check", "home-lan", cwd=tmp_path).stdout


def test_the_byte_code_of_what_is_imported_late_is_kept() -> None:
    code = "import sys; from lab.cli.program import main; main(['check', 'home-lan']); print(sys.dont_write_bytecode)"
    assert _python("-c", code).stdout.endswith("False\n")


@pytest.mark.parametrize("words", ["topology=home-lan", "home-lan", "--topology=home-lan", "--topology home-lan"])
def test_invokes_own_program_understands_a_required_argument_as_well(words: str) -> None:
    answer = _python("-m", "invoke", "check", *words.split())
    assert "home-lan is in order" in answer.stdout


def test_under_invokes_own_program_an_error_is_one_message_too() -> None:
    answer = _python("-m", "invoke", "check", "topology=no-such-lab")
    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_program_that_is_told_to_end_cleans_up_first(number: signal.Signals, code: int) -> None:
    verb = f"os.kill(os.getpid(), {int(number)})"
    code_of_it = (
        "import os, sys; from lab.cli import program\n"
        "def obey(*_):\n"
        f"    try: {verb}\n"
        "    finally: print('cleaned up')\n"
        "program.WiretaleProgram.obey = obey; sys.exit(program.main())"
    )
    answer = _python("-c", code_of_it)
    assert (answer.returncode, answer.stdout) == (code, "cleaned up\n")


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"set -o pipefail; '{sys.executable}' -m lab.cli plan home-lan | head -n 1"
    answer = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0
    assert not answer.stderr


def test_a_soak_writes_its_rows_and_leaves_the_rest_of_the_page():
    table = "| story | runs |\n|---|---|\n| nat | 5 |\n| dns | 5 |\n"
    page = f"# Reliability\n\n<!-- soak -->\nWords.\n\n{table}<!-- /soak -->\n\n## What is promised\n"
    made = with_rows(page, {"nat": "| nat | 20 |\n", "http": "| http | 20 |\n"})
    assert [line for line in made.splitlines() if line.startswith("| ")][1:] == [
        "| dns | 5 |",
        "| http | 20 |",
        "| nat | 20 |",
    ]
    assert made.startswith("# Reliability\n\n<!-- soak -->\n")
    assert made.endswith("<!-- /soak -->\n\n## What is promised\n")
    assert with_rows(made, {}) == made

import shutil
import subprocess
from pathlib import Path

import pytest

from lab.cli.program import ROOT

UV = """#!/bin/sh
# Stands in for uv: `uv venv FOLDER` makes a python that only repeats its words, the rest is written down.
printf '%s\\n' "$*" >>"$UV_SAYS"
case "$*" in *"$UV_FAILS"*) echo "uv: no such package" >&2; exit 1 ;; esac
[ "$1" = venv ] || exit 0
for place in "$@"; do :; done
mkdir -p "$place/bin"
printf '#!/bin/sh\\nfor word in "$@"; do printf "[%%s]" "$word"; done\\n' >"$place/bin/python"
chmod +x "$place/bin/python"
"""


class Clone:
    """A clone of the script in a folder with a blank in its name, with a uv that only pretends."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a clone"
        self.root.mkdir()
        for name in ("invoke", "requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root)
        self._programs = folder / "bin"
        self._programs.mkdir()
        (self._programs / "uv").write_text(UV)
        (self._programs / "uv").chmod(0o755)
        self._log = folder / "uv.log"

    def start(self, *words: str, fails: str = "nothing fails", cwd: str = "/") -> "subprocess.Popen[str]":
        environment = {"PATH": f"{self._programs}:/usr/bin:/bin", "UV_SAYS": str(self._log), "UV_FAILS": fails}
        pipe = subprocess.PIPE
        argv = [self.root / "invoke", *words]
        return subprocess.Popen(argv, cwd=cwd, env=environment, stdout=pipe, stderr=pipe, text=True)

    def invoke(self, *words: str, fails: str = "nothing fails", cwd: str = "/") -> tuple[int, str, str]:
        with self.start(*words, fails=fails, cwd=cwd) as process:
            out, errors = process.communicate()
        return process.returncode, out, errors

    @property
    def set_ups(self) -> int:
        """How often an environment was filled."""
        return self._log.read_text().count("pip sync") if self._log.exists() else 0


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_the_first_call_makes_the_environment_and_says_how_long_it_took(clone: Clone) -> None:
    code, out, errors = clone.invoke("up", "topology=home-lan")
    assert code == 0
    assert out == "[-m][lab.cli][up][topology=home-lan]"
    assert "virtual environment with uv:" in errors
    assert len(errors.splitlines()) == 2


def test_the_second_call_does_nothing_but_what_it_was_asked_for(clone: Clone) -> None:
    clone.invoke("status")
    assert clone.invoke("status") == (0, "[-m][lab.cli][status]", "")
    assert clone.set_ups == 1


def test_words_arrive_as_they_were_written_from_any_directory(clone: Clone, tmp_path: Path) -> None:
    words = ("exec", "node=victim", "--", "sh", "-c", "echo 'two  words' $HOME *")
    _, out, _ = clone.invoke(*words, cwd=str(tmp_path))
    assert out == "".join(f"[{word}]" for word in ("-m", "lab.cli", *words))


def test_it_works_through_a_link(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "bin/wt").symlink_to(clone.root / "invoke")
    clone.invoke("status")
    link = subprocess.run([tmp_path / "bin/wt", "list"], capture_output=True, text=True, check=True)
    assert link.stdout == "[-m][lab.cli][list]"


@pytest.mark.parametrize("file", ["requirements.lock", "pyproject.toml"])
def test_a_changed_ingredient_makes_the_environment_stale(clone: Clone, file: str) -> None:
    clone.invoke("status")
    with (clone.root / file).open("a") as end:
        end.write("# changed\n")
    clone.invoke("status")
    assert clone.set_ups == 2


def test_a_clone_that_was_moved_makes_its_environment_anew(clone: Clone, tmp_path: Path) -> None:
    clone.invoke("status")
    clone.root = clone.root.rename(tmp_path / "moved")
    assert clone.invoke("status")[0] == 0
    assert clone.set_ups == 2


@pytest.mark.parametrize("step", ["venv --quiet", "pip sync", "pip install"])
def test_a_set_up_that_failed_is_explained_and_heals(clone: Clone, step: str) -> None:
    code, out, errors = clone.invoke("status", fails=step)
    assert code == 3
    assert not out
    assert "uv: no such package" in errors
    assert "virtual environment with uv failed" in errors
    assert clone.invoke("status")[:2] == (0, "[-m][lab.cli][status]")


def test_what_an_interrupted_set_up_left_is_not_trusted(clone: Clone) -> None:
    clone.invoke("status")
    (clone.root / ".venv/wiretale.stamp").unlink()
    (clone.root / ".venv/half").touch()
    clone.invoke("status")
    assert clone.set_ups == 2
    assert not (clone.root / ".venv/half").exists()


def test_two_at_the_same_time_set_up_once(clone: Clone) -> None:
    crowd = [clone.start("status") for _ in range(3)]
    answers = [process.communicate()[0] for process in crowd]
    assert answers == ["[-m][lab.cli][status]"] * 3
    assert clone.set_ups == 1


def test_continuous_integration_ends_as_the_test_command_of_the_readme_does() -> None:
    lines = (ROOT / ".ci/run").read_text().splitlines()
    assert lines[-1] == "./invoke test"
    assert lines.count("set -eu") == 1
    assert "pytest" not in "".join(lines)

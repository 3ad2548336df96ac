"""What the verbs of labs say where no engine runs: none is started, nor installed, only to say that there is no lab."""

from pathlib import Path

import pytest

from lab.cli.program import main


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["status"], 0, "No lab is running."),
        (["status", "name=a"], 0, "No lab is running."),
        (["list"], 0, "none is running"),
        (["clean"], 0, "There was nothing to remove."),
        (["down"], 2, "no lab is running; bring one up"),
        (["exec", "victim", "--", "true"], 2, "no lab is running; bring one up"),
    ],
)
def test_no_engine_is_no_lab(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert main(words) == code
    assert said in "".join(capsys.readouterr())
    assert not list(tmp_path.iterdir())

"""Changes to the lab, or to what is typed, that turn proofs of the story of the chat red; lies turn the others."""

import pytest

from tests.live.altering import said_otherwise, unchanged, written

pytestmark = pytest.mark.docker


def another_name(lab, monkeypatch):
    """The server calls itself otherwise."""
    return _configured(lab, "Name = chat.", "Name = chap.")


def another_motto(lab, monkeypatch):
    """The message of the day is another one, which no proof is about."""
    return _configured(lab, "Be kind.", "Be brave.")


def _configured(lab, old, new):
    settings = lab["chat"].plan.setup.files[0]
    return written(lab, "chat", settings, settings.content.replace(old, new))


def another_person(lab, monkeypatch):
    """Alice says that she is somebody else."""
    return said_otherwise(monkeypatch, ":Alice", ":Anna")


def with_a_space(lab, monkeypatch):
    """Whoever types a word puts two spaces before it, and the server takes no offence."""
    return said_otherwise(monkeypatch, "PASS ", "PASS  ")


TABLE = {
    unchanged: set(),
    another_name: {
        "alice is welcomed as before",
        "in the room she is told who is there",
        "the server welcomes alice by her name",
        "with the keys the same words appear",
    },
    another_motto: set(),
    another_person: {
        "then come a name and who it is",
    },
    with_a_space: {
        "a wrong password gets one line",
        "bobs program says the same words as alice",
        "the password is the first thing that is said",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("office")
    with change(lab, monkeypatch):
        turned = red("irc", lab)
    assert turned == TABLE[change]

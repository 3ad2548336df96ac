"""Changes to the office that turn proofs of the stories about its services red; lies turn the others."""

import pytest

from tests.live.altering import said_otherwise, types_otherwise, unchanged, words, written

pytestmark = pytest.mark.docker


def another_note(lab, monkeypatch):
    """The machine has another note."""
    return _file(lab, "old", "note.txt", "The key is with the porter, on the ground floor.\n")


def two_spaces(lab, monkeypatch):
    """Alice types her command otherwise."""
    return said_otherwise(monkeypatch, "cat note", "cat  note")


def another_recipe(lab, monkeypatch):
    """The server has as long a recipe for something else, and the plan does not know of it."""
    recipe = next(file for file in lab["files"].plan.setup.files if file.path.endswith("recipe.txt"))
    return written(lab, "files", recipe, recipe.content.replace("Coffee", "Toffee"))


def answers_whoever_asks(lab, monkeypatch):
    """Eve knows the word."""
    return types_otherwise(monkeypatch, lab["eve"], words("snmpget", "public", "watchword"))


def another_picture(lab, monkeypatch):
    """One of the pictures is another one."""
    picture = next(file for file in lab["gallery"].plan.setup.files if file.path.endswith("/3.svg"))
    return written(lab, "gallery", picture, picture.content.replace("#6f4e37", "#123456"))


def _file(lab, node, name, content):
    file = next(one for one in lab[node].plan.setup.files if one.path.endswith(name))
    return written(lab, node, file, content)


TABLE = {
    ("telnet", unchanged): set(),
    ("telnet", another_note): {"the note goes by in the clear"},
    ("telnet", two_spaces): {
        "alice says her name then the password then commands",
        "the machine gives back what is typed but not the password",
    },
    ("ftp", another_recipe): {"it carries the file and nothing else"},
    ("snmp", answers_whoever_asks): {"a wrong word gets no answer at all", "eves program gives up"},
    ("surfing", another_picture): {
        "alices program has saved just these",
        "each object is the servers file to the byte",
    },
}
"""The story and the change, and the proofs that it turns red."""


@pytest.mark.parametrize(("story", "change"), TABLE, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, story, change):
    lab = labs("office")
    with change(lab, monkeypatch):
        turned = red(story, lab)
    assert turned == TABLE[story, change]

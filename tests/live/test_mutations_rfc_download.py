"""Changes to the lab, or to what is typed, that turn proofs of the story of the downloads red; lies turn the others."""

import pytest

from tests.live.altering import types_otherwise, unchanged, words, written

pytestmark = pytest.mark.docker


def another_text(lab, monkeypatch):
    """Somebody has changed a word of the text, at the server."""
    text = next(file for file in lab["rfc"].plan.setup.files if file.path.endswith(".txt"))
    return written(lab, "rfc", text, text.content.replace("Coffee", "Toffee"))


def all_by_urllib(lab, monkeypatch):
    """Alice uses one program alone."""
    return types_otherwise(
        monkeypatch, lab["alice"], lambda argv: ("rfc-by-urllib", *argv[1:]) if argv[0].startswith("rfc-by") else argv
    )


def a_number_that_there_is(lab, monkeypatch):
    """The missing number is that of the text."""
    return types_otherwise(
        monkeypatch, lab["alice"], lambda argv: tuple("2324" if word == "9999" else word for word in argv)
    )


def a_slip_that_is_a_number(lab, monkeypatch):
    """Her fingers hit a number after all."""
    return types_otherwise(monkeypatch, lab["alice"], words("rfc-by-requests", "coffee", "1149"))


TABLE = {
    unchanged: set(),
    another_text: {
        "three files hold that text",
        "three times the same text crosses the wire",
    },
    all_by_urllib: {
        "requests would take it compressed and keep the line",
        "the server hangs up first unless it was asked to stay",
        "with a socket nothing is said that was not typed",
    },
    a_number_that_there_is: {
        "a number that there is not is asked for three times",
        "each program says that there is none",
        "the server says 404 each time",
    },
    a_slip_that_is_a_number: {
        "a wrong argument costs no packet",
        "the program says what it wants",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("office")
    with change(lab, monkeypatch):
        turned = red("rfc-download", lab)
    assert turned == TABLE[change]

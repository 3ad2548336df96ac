"""A program is spoken to line by line before an audience, over the fake engine."""

from contextlib import nullcontext

import pytest

from lab.dialogue import Dialogue
from lab.engine.protocol import ContainerSpec
from lab.errors import ScenarioFailed
from lab.lessee import Lessee
from lab.progress import Nobody
from tests.engine.fake import BASICS, FakeEngine, Process


class Audience(Nobody):
    """Takes down what it sees."""

    def __init__(self) -> None:
        self.saw: list[str] = []

    def typed(self, node: str, command: str) -> None:
        self.saw.append(f"{node}> {command}")

    def printed(self, line: str) -> None:
        self.saw.append(line)


def parrot(process: Process) -> int:
    """Greet, repeat each line in two pieces, and say goodbye without ending the line."""
    process.write("grüß Gott\n".encode())
    for line in process.lines():
        process.write(line[:2])
        process.write(line[2:] + b"!\n")
    process.write(b"bye")
    return 0


@pytest.fixture
def audience():
    return Audience()


@pytest.fixture
def dialogue(audience):
    engine = FakeEngine({**BASICS, "parrot": parrot})
    engine.create(ContainerSpec("node", "image", ("sleep", "infinity")))
    engine.start("node")
    with engine.open("node", ["parrot"]) as program:
        yield Dialogue(program, audience)


def test_the_audience_sees_whole_lines_in_the_order_in_which_they_came(dialogue, audience):
    dialogue.hears("grüß")
    dialogue.types("hello")
    dialogue.hears("hello!")
    dialogue.types("well")
    dialogue.ends()
    assert audience.saw == ["grüß Gott", "> hello", "hello!", "> well", "well!", "bye"]


def test_what_was_said_is_kept_whole(dialogue):
    dialogue.types("hello")
    done = dialogue.ends()
    assert done.exit_code == 0
    assert dialogue.said == "grüß Gott\nhello!\nbye"


def test_a_program_that_ends_before_it_says_the_words_fails_the_story(dialogue):
    dialogue._program.close_input()
    with pytest.raises(ScenarioFailed, match="ended before it said 'hello'"):
        dialogue.hears("hello")


def test_what_is_to_be_heard_next_was_not_heard_before(dialogue):
    dialogue.types("again")
    dialogue.hears("again!")
    dialogue.hears_next("\n")
    dialogue._program.close_input()
    with pytest.raises(ScenarioFailed, match="ended before it said 'again!'"):
        dialogue.hears_next("again!")


def test_a_client_is_told_to_end_and_what_it_says_then_is_heard(dialogue):
    signals = []
    lessee = Lessee(lambda argv: nullcontext(dialogue), signals.append, ("parrot",))
    lessee.ends()
    assert signals == []
    lessee.starts().types("bound")
    lessee.ends()
    assert signals == ["TERM"]
    assert dialogue.said.endswith("bound!\nbye")

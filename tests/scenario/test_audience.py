"""What an audience saw is remembered for the act that it belongs to."""

from lab.audience import Line, Nobody, Remembering
from tests.capture.build import capture

NONE = capture()


def test_lines_belong_to_the_act_that_ends_next():
    audience = Remembering(Nobody())
    audience.typed("router", "nft -f -")
    audience.begins("The victim asks.", "")
    before = audience.lines
    audience.printed("64 bytes")
    audience.typed("", "quit")
    audience.ends("", NONE)
    audience.typed("victim", "ping web")
    assert before == [Line("nft -f -", is_typed=True, node="router"), Line("64 bytes"), Line("quit", is_typed=True)]
    assert audience.lines == [Line("ping web", is_typed=True, node="victim")]
    audience.forgets()
    assert audience.lines == []


def test_a_line_stands_behind_its_prompt():
    lines = Line("ping web", is_typed=True, node="victim"), Line("quit", is_typed=True), Line("64 bytes")
    assert [line.prompt for line in lines] == ["victim$ ", "> ", "  "]

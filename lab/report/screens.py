"""What the people of a story see on their screens: the web pages that came to them, put together from frames."""

from collections.abc import Iterator
from dataclasses import dataclass

from lab.capture import Capture, Message, messages, streams
from lab.errors import Inconclusive
from lab.plan import Plan

_PEOPLE = ("host", "victim")
"""The kinds of nodes that somebody sits at."""


@dataclass(frozen=True)
class Screen:
    """A page as it came to a node, as markup that nobody has looked through."""

    node: str
    markup: str


def screens(capture: Capture, plan: Plan) -> tuple[Screen, ...]:
    """Return the last page that came to each node in an act; none where what came is not whole."""
    return tuple(
        Screen(name, pages[-1])
        for name, node in plan.nodes.items()
        if node.kind in _PEOPLE and (pages := tuple(_pages(capture, name)))
    )


def _pages(capture: Capture, node: str) -> Iterator[str]:
    try:
        came = [message for stream in streams(capture.received_by(node)) for message in _answers(stream.data)]
    except Inconclusive:  # a picture of a screen is no proof: whoever wants to know asks the capture
        return
    yield from (message.body.decode("utf-8", "replace") for message in came if _is_page(message))


def _answers(data: bytes) -> tuple[Message, ...]:
    return messages(data) if data.startswith(b"HTTP/") else ()


def _is_page(message: Message) -> bool:
    return " 200 " in f"{message.start} " and message.fields.get("Content-Type", "").startswith("text/html")

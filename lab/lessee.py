"""A DHCP client that a story has root start by hand, so that the audience hears what it says."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from lab.dialogue import Dialogue

Types = Callable[[tuple[str, ...]], AbstractContextManager[Dialogue]]


class Lessee:
    """A client that is started when the story says so. ``signals`` tells it something, such as "TERM"."""

    def __init__(self, types: Types, signals: Callable[[str], None], argv: tuple[str, ...]) -> None:
        self._types = types
        self._signals = signals
        self._argv = argv
        self._started = ExitStack()

    def starts(self) -> Dialogue:
        """Start it, and return what it says."""
        dialogue = self._started.enter_context(self._types(self._argv))
        self._started.callback(dialogue.ends)
        self._started.callback(self._signals, "TERM")
        return dialogue

    def ends(self) -> None:
        """End it, if it was started."""
        self._started.close()

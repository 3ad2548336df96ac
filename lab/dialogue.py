"""A dialogue with a program in a node: what is typed and what it prints, line by line before the audience."""

from lab.audience import Audience
from lab.engine.protocol import Completed, Session
from lab.errors import ScenarioFailed


class Dialogue:
    """A program that is spoken to; ``said`` is what it has printed so far."""

    def __init__(self, program: Session, audience: Audience) -> None:
        self._program = program
        self._audience = audience
        self._said = b""
        self._shown = 0
        self._heard = 0

    @property
    def said(self) -> str:
        """What the program has printed so far."""
        return self._said.decode(errors="replace")

    def types(self, line: str) -> None:
        """Type a line; what it answers to stands before it, though it may not have ended its own line."""
        self._show(whole_lines=False)
        self._audience.typed("", line)
        self._program.write(f"{line}\n".encode())

    def hears(self, words: str) -> None:
        """Wait until the program has printed ``words``. Raises ``ScenarioFailed`` when it ends before."""
        self._heard = 0
        self.hears_next(words)

    def hears_next(self, words: str) -> None:
        """Wait until the program prints ``words`` behind what was heard last. Raises ``ScenarioFailed`` likewise."""
        while words not in self.said[self._heard :]:
            if not (piece := self._program.read()):
                self._show(whole_lines=False)
                raise ScenarioFailed(f"the program ended before it said '{words}'")
            self._said += piece
            self._show(whole_lines=True)
        self._heard = self.said.index(words, self._heard) + len(words)

    def ends(self) -> Completed:
        """End the program's input, wait for its end, and return how it ended."""
        done = self._program.finish()
        self._said += done.stdout.encode()
        self._show(whole_lines=False)
        return done

    def _show(self, whole_lines: bool) -> None:
        """Show what was not shown yet; a line that is not whole may still grow."""
        end = self._said.rfind(b"\n") + 1 if whole_lines else len(self._said)
        text = self._said[self._shown : end].decode(errors="replace").replace("\0", "")  # NUL is nothing on a screen
        for line in text.splitlines():
            self._audience.printed(line)
        self._shown = max(end, self._shown)

"""A capture: the frames of one window, as a value that answers questions, or says that it cannot."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from scapy.packet import Packet

from lab.capture.asking import note
from lab.capture.frame import Frame, Port, Window
from lab.capture.patterns import Pattern, weight
from lab.capture.pcapng import PcapngWriter, read_pcapng
from lab.errors import Inconclusive, InputError

_NEAREST = 3


@dataclass(frozen=True, repr=False)
class Answer:
    """Yes or no, with the reasons: ``assert`` takes it as a truth value, a failing one shows it."""

    holds: bool
    reasons: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        return f"<{'yes' if self.holds else 'no'}: {'; '.join(self.reasons)}>"


@dataclass(frozen=True, repr=False)
class Capture:
    """Frames in the order in which they entered the switch, seen in one window.

    Ask it with scapy packets (``lab.capture.patterns`` says what they denote): ``ARP(op="is-at") in capture``. Every
    question raises ``Inconclusive`` when the window is empty, unproven or has drops. ``sent_by``, ``received_by``,
    ``on`` and ``between`` are views of the same window: an empty view of a window with frames may be asked. A negative
    wants its positive control, so ask ``lacks``; ``not in`` cannot know whether the frame would have been seen.
    ``doubtful`` are the frames that may belong to a view, for all we know; an answer that hangs on one is inconclusive.
    """

    frames: tuple[Frame, ...]
    window: Window
    doubtful: tuple[Frame, ...] = ()
    seen_as: str = field(default="seen", compare=False)

    @classmethod
    def of(
        cls, frames: Iterable[Frame], ports: Iterable[Port], *, proven: bool, drops: int = 0, unmatched: int = 0
    ) -> Self:
        """Make the capture of a whole window."""
        frames = tuple(frames)
        return cls(frames, Window(proven, drops, unmatched, len(frames), tuple(ports)))

    def trusted(self) -> Self:
        """Return the same frames, taken as the whole truth on the asker's word: for files of other programs."""
        return replace(self, window=replace(self.window, proven=True))

    # The frames

    def __iter__(self) -> Iterator[Frame]:
        return iter(self.frames)

    def __len__(self) -> int:
        return len(self.frames)

    def __repr__(self) -> str:
        doubts = f"; {self.window.doubts}" if self.window.doubts else ""
        return f"<{_counted(len(self))} {self.seen_as}{doubts}>"

    # Questions

    def __contains__(self, pattern: object) -> bool:
        asked = Pattern(pattern)
        holds = self._decided(lambda frames: any(asked.fits(frame.packet) for frame in frames), f"{asked} is there")
        if holds:
            note(frame for frame in self.frames if asked.fits(frame.packet))
        return holds

    def only(self, pattern: Packet) -> list[Packet]:
        """Return the packets that fit, in order."""
        asked = Pattern(pattern)
        self._require_certainty_about(asked)
        fitting = self._fitting(asked)
        note(fitting)
        return [frame.packet for frame in fitting]

    def count(self, pattern: Packet) -> int:
        """Return how many frames fit."""
        return len(self.only(pattern))

    def lacks(self, pattern: Packet, *, given: Packet) -> Answer:
        """Tell that no frame fits. ``given`` is the positive control: what must be here if one could have been seen.

        Raises ``Inconclusive`` when no frame fits the control.
        """
        asked, control = Pattern(pattern), Pattern(given)
        if pattern in self:
            return Answer(False, (f"{self._fitting(asked)[0]}: fits {asked}",))
        there = self._fitting(control)
        if not there:
            raise Inconclusive(
                f"no frame {self.seen_as} fits the control {control}: that {asked} is absent proves nothing"
            )
        note(there)
        return Answer(True, (f"no frame {self.seen_as} fits {asked}", f"{control} was there"))

    def in_order(self, *patterns: Packet) -> Answer:
        """Tell whether frames fit the patterns one after the other, with any frames in between."""
        asked = [Pattern(pattern) for pattern in patterns]
        if not asked:
            raise TypeError("in_order needs at least one pattern")
        order = " then ".join(map(str, asked))
        holds = self._decided(lambda frames: len(_subsequence(asked, frames)) == len(asked), order)
        found = _subsequence(asked, self.frames)
        note(found)
        if holds:
            return Answer(True, (f"frames {', '.join(str(frame.number) for frame in found)} {self.seen_as}",))
        place = f"after frame {found[-1].number} no frame" if found else "no frame"
        return Answer(
            False, (f"{place} {self.seen_as} fits {asked[len(found)]}, number {len(found) + 1} of {len(asked)}",)
        )

    # Views

    def sent_by(self, node: str) -> Self:
        """Return the frames that entered the switch from ``node``, whatever address they claim to come from."""
        return self._view(lambda frame: _is_of(frame.port, node), f"sent by {self._node(node)}")

    def received_by(self, node: str) -> Self:
        """Return the frames that the switch delivered to ``node``, whoever they were meant for."""
        return self._view(lambda frame: _reached(frame, node), f"received by {self._node(node)}")

    def between(self, one: str, other: str) -> Self:
        """Return the frames that one of two nodes sent and the other received."""

        def crossed(frame: Frame) -> bool | None:
            return _either(
                _both(_is_of(frame.port, one), _reached(frame, other)),
                _both(_is_of(frame.port, other), _reached(frame, one)),
            )

        return self._view(crossed, f"between {self._node(one)} and {self._node(other)}")

    def on(self, network: str) -> Self:
        """Return the frames of one network."""
        _require_one_of({port.network for port in self.window.ports}, network, "network")
        return self._view(lambda frame: frame.port.network == network if frame.port.known else None, f"on {network}")

    def _view(self, belongs: Callable[[Frame], bool | None], seen_as: str) -> Self:
        """Keep what belongs to the view; what may belong (None) stays in doubt."""
        sure = tuple(frame for frame in self.frames if belongs(frame))
        unsure = (frame for frame in self.frames if belongs(frame) is None)
        doubtful = (*unsure, *(frame for frame in self.doubtful if belongs(frame) is not False))
        return replace(
            self,
            frames=sure,
            doubtful=tuple(sorted(doubtful, key=lambda frame: frame.number)),
            seen_as=seen_as if self.seen_as == "seen" else f"{self.seen_as}, {seen_as}",
        )

    def _node(self, name: str) -> str:
        _require_one_of({port.node for port in self.window.ports}, name, "node")
        return name

    # Certainty

    def _decided(self, question: Callable[[tuple[Frame, ...]], bool], what: str) -> bool:
        """Ask a question that more frames can only turn from no to yes."""
        if self.window.doubts:
            raise Inconclusive(self.window.doubts)
        if question(self.frames):
            return True
        if self.doubtful and question(self._with_doubtful()):
            raise Inconclusive(f"whether {what} hangs on frames that may have been {self.seen_as}: a port has no name")
        return False

    def _require_certainty_about(self, asked: Pattern) -> None:
        if self.window.doubts:
            raise Inconclusive(self.window.doubts)
        for frame in self.doubtful:
            if asked.fits(frame.packet):
                raise Inconclusive(f"nobody knows whether frame {frame} was {self.seen_as}: a port has no name")

    def _with_doubtful(self) -> tuple[Frame, ...]:
        return tuple(sorted((*self.frames, *self.doubtful), key=lambda frame: frame.number))

    def _fitting(self, asked: Pattern) -> list[Frame]:
        return [frame for frame in self.frames if asked.fits(frame.packet)]

    # Files

    def save(self, path: Path) -> None:
        """Write a pcapng file that Wireshark opens, and that ``load`` reads back."""
        save_acts(path, {"": self})

    @staticmethod
    def load(path: Path) -> "Capture":
        """Read a pcapng file with one window. One that another program wrote is not proven; see ``trusted``.

        Raises ``InputError``, with the place, for what is no capture.
        """
        acts = load_acts(path)
        if len(acts) > 1:
            raise InputError(f"{path}: holds several captures: {', '.join(acts)}")
        return next(iter(acts.values()))


def save_acts(path: Path, acts: Mapping[str, Capture], topology: str = "", keys: str = "") -> None:
    """Write the captures of a story's acts, one after the other, into one pcapng file, with a log of TLS keys."""
    with path.open("wb") as stream:
        writer = PcapngWriter(stream, topology)
        if keys:
            writer.secrets(keys)
        for name, capture in acts.items():
            # What may have belonged to a view is not written, so the file must not claim to be sure of the rest.
            window = replace(capture.window, proven=capture.window.proven and not capture.doubtful)
            writer.window(name, capture.frames, window)


def load_acts(path: Path) -> dict[str, Capture]:
    """Read the captures that a pcapng file holds, by the names of their acts. Raises ``InputError`` with the place."""
    try:
        with path.open("rb") as stream:
            return {name: Capture(frames, window) for name, (frames, window) in read_pcapng(stream, str(path)).items()}
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error


def explain(pattern: Packet, capture: Capture) -> list[str]:
    """Say in lines why a pattern is in a capture, or what comes nearest to it."""
    asked = Pattern(pattern)
    fitting = [frame for frame in capture if asked.fits(frame.packet)]
    if fitting:
        return [
            f"{_counted(len(fitting))} {_fits(len(fitting))} {asked}",
            *(f"  {frame}" for frame in fitting[:_NEAREST]),
        ]
    headline = f"no frame fits {asked}"
    return [
        headline,
        f"  {_counted(len(capture))} {capture.seen_as}" + ("; the nearest:" if len(capture) else ""),
        *_nearest(asked, capture),
    ]


def _nearest(asked: Pattern, capture: Capture) -> Iterator[str]:
    """Yield the nearest frames, each kind of difference once."""
    by_reason: dict[tuple[str, ...], tuple[int, Frame]] = {}
    for frame in capture:
        missed = asked.misses(frame.packet)
        by_reason.setdefault(tuple(map(str, missed)), (weight(missed), frame))
    for reasons, (_, frame) in sorted(by_reason.items(), key=lambda item: item[1][0])[:_NEAREST]:
        yield f"    {frame}"
        yield from (f"        {reason}" for reason in reasons)


def _subsequence(asked: list[Pattern], frames: Iterable[Frame]) -> list[Frame]:
    """Return the first frames that fit the patterns in order, as far as they go."""
    found: list[Frame] = []
    for frame in frames:
        if len(found) < len(asked) and asked[len(found)].fits(frame.packet):
            found.append(frame)
    return found


# Three answers: yes, no, and None for "nobody knows"


def _is_of(port: Port, node: str) -> bool | None:
    return port.node == node if port.known else None


def _reached(frame: Frame, node: str) -> bool | None:
    answers = [_is_of(port, node) for port in frame.delivered]
    return True if True in answers else None if None in answers else False


def _both(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True


def _either(one: bool | None, other: bool | None) -> bool | None:
    return True if True in (one, other) else None if None in (one, other) else False


def _require_one_of(known: set[str], name: str, what: str) -> None:
    """Refuse a name that was not watched: a misspelt node would have sent nothing, and prove it."""
    if not known or name in known:
        return
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"
    raise InputError(f"the capture has no {what} {name!r}; {hint}")


def _counted(number: int) -> str:
    return f"{number} frame" if number == 1 else f"{number} frames"


def _fits(number: int) -> str:
    return "fits" if number == 1 else "fit"

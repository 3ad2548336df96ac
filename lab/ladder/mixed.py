"""What a wire mixes up: a packet that it delivers twice, and one that later packets pass on their way."""

from collections.abc import Hashable, Iterable, Mapping

from lab.capture import Frame
from lab.ladder.headers import Header

TWICE, LATE = "came twice", "late"


def mixed_up(
    frames: Iterable[Frame], before: Mapping[int, Frame], talks: Mapping[int, int]
) -> Mapping[int, tuple[str, str]]:
    """Return, by number, what is to be said of packets that a router got twice, or behind one that was sent later."""
    frames = tuple(frames)
    twice = _doubles(frames, before)
    newest: dict[Hashable, Frame] = {}
    found = {number: (TWICE, f"frame {frame.number} once more") for number, frame in twice.items()}
    for frame in frames:
        hop, header = before.get(frame.number), Header.of(frame.packet)
        if hop is None or header is None:
            continue
        way = frame.port, hop.port, talks[frame.number], header.src
        if way not in newest or before[newest[way].number].number <= hop.number:
            newest[way] = frame
        else:
            found[frame.number] = LATE, f"frame {newest[way].number} has passed it"
    return found


def _doubles(frames: Iterable[Frame], before: Mapping[int, Frame]) -> Mapping[int, Frame]:
    """Return, by number, the frames that a router has sent on already: the same bytes, though it was sent them once.

    ``before`` knows the frame on the wire before, of all that were sent to somebody who sent them on.
    """
    sent: dict[Hashable, Frame] = {}
    found: dict[int, Frame] = {}
    for frame in frames:
        mark = frame.port, frame.data
        if frame.number in before:
            sent[mark] = frame
        elif mark in sent:
            found[frame.number] = sent[mark]
    return found

"""What TCP says again after a loss: the segment that was lost, and the confirmations that still wait for it."""

from collections.abc import Hashable, Iterable, Mapping

from scapy.layers.inet import TCP

from lab.capture import Frame, payload
from lab.ladder.headers import Header

AGAIN, WAITS = "sent again", "waits"


def repeats(
    frames: Iterable[Frame], before: Mapping[int, Frame], talks: Mapping[int, int]
) -> Mapping[int, tuple[str, str]]:
    """Return, by number, what is to be said of a frame: a word, and which frame it is about.

    ``before`` knows the packets that are on a further wire, where nothing is said again. A segment is the same if it
    begins at the same number with the same bytes (RFC 9293, section 3.4); a confirmation waits if it says once more
    the number at which a lost segment begins (RFC 5681, section 2).
    """
    first: dict[Hashable, Frame] = {}
    lost: dict[Hashable, Frame] = {}
    confirmed: set[Hashable] = set()
    found: dict[int, tuple[str, str]] = {}
    for frame in frames:
        tcp, header = frame.packet.getlayer(TCP), Header.of(frame.packet)
        if tcp is None or header is None or frame.number in before:
            continue
        talk, data = talks[frame.number], payload(tcp)
        if not data and not tcp.flags & "SF":
            number = talk, header.src, tcp.ack
            if number in confirmed and (gap := lost.get((talk, header.dst, tcp.ack))):
                found[frame.number] = WAITS, f"frame {gap.number} has not come"
            confirmed.add(number)
            continue
        segment = talk, header.src, tcp.seq, bool(tcp.flags & "S"), data
        if segment not in first:
            first[segment] = frame
        elif not first[segment].delivered:
            found[frame.number] = AGAIN, f"frame {first[segment].number} was lost"
        elif tcp.flags & "F":
            found[frame.number] = AGAIN, f"nobody confirmed frame {first[segment].number}"
        if not frame.delivered:
            lost[talk, header.src, tcp.seq] = frame
    return found

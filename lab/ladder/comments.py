"""Comments for a capture: what a story explains, on the frames that show it, as Wireshark and tshark print them."""

from collections.abc import Mapping
from dataclasses import replace

from lab.capture import Capture
from lab.ladder.rows import Part, Row, rows
from lab.plan.model import Plan

_EXPLAINED = frozenset({"BGP", "DNS", "HTTP", "IPP", "ICMP", "ICMPv6"})


def comments(capture: Capture, plan: Plan) -> Mapping[int, str]:
    """Return what is worth saying about the frames of an act, by the frame's number."""
    said = {row.number: _comment(row) for row in rows(capture, plan)}
    return {number: text for number, text in said.items() if text}


def commented(capture: Capture, plan: Plan) -> Capture:
    """Return a capture whose frames carry their comments; a comment that a frame has already stays."""
    said = comments(capture, plan)
    frames = tuple(replace(frame, comment=frame.comment or said.get(frame.number, "")) for frame in capture)
    return replace(capture, frames=frames)


def _comment(row: Row) -> str:
    notes = "; ".join(note.text for note in row.notes if note.loud)  # and not their numbers: a file may be cut
    return "; ".join(filter(None, (notes, _explained(row))))


def _explained(row: Row) -> str:
    """Say what a packet is for, on its first wire."""
    if row.before:
        return ""
    if row.part is Part.OPENS:
        return f"{row.sender} opens a connection: the first SYN"
    if row.protocol in ("ARP", "NDP"):
        return f"{row.protocol}: {row.text}"
    return f"{row.sender}: {row.protocol} {row.text}" if row.protocol in _EXPLAINED else ""

"""The rows of a ladder: each frame of an act once, who sent it to whom, what it says, and what is remarkable."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from ipaddress import ip_address
from typing import Protocol

from scapy.layers.dns import DNS
from scapy.layers.inet import TCP
from scapy.packet import Packet

from lab.capture import Capture, Frame, is_bgp, payload
from lab.ladder.claims import Claim, claim
from lab.ladder.headers import Header
from lab.ladder.mixed import mixed_up
from lab.ladder.repeats import repeats
from lab.ladder.same import conversations, hops, translations
from lab.ladder.styles import Style
from lab.ladder.words import words
from lab.plan.model import Interface, Plan

NOBODY = "?"
"""The name of a node that nobody knows: its port had none."""

_FEW_HOPS = 32  # systems begin with 64 and more; who begins lower wants the packet to die, BGP aside


class Told(Protocol):
    """An act that was told: the name of its window, its sentence, and what was seen."""

    @property
    def name(self) -> str:
        """Return the name of its window."""

    @property
    def sentence(self) -> str:
        """Return its sentence."""

    @property
    def capture(self) -> Capture:
        """Return what was seen."""


class Part(Enum):
    """What a frame is in its conversation; their order is that of a conversation's beginning, middle and end."""

    OPENS = auto()
    ACCEPTS = auto()
    ACKNOWLEDGES = auto()
    CARRIES = auto()
    CLOSES = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Note:
    """A remark: "LIE: 192.168.1.1 is router's"."""

    text: str
    style: Style = Style.NOTE
    detail: str = ""

    @property
    def loud(self) -> bool:
        """Whether nobody should miss it."""
        return self.style in (Style.ANSWER, Style.LIE, Style.RELAYED, Style.LOST)

    def __str__(self) -> str:
        return f"{self.text}: {self.detail}" if self.detail else self.text


@dataclass(frozen=True)
class Row:
    """One frame in words. ``time_ns`` counts from the act's first frame.

    ``meant`` is the node with the MAC that it is for, or empty. ``before`` is the number of the frame that is the same
    packet one wire earlier (0: there is none), ``talk`` that of its conversation's first frame.
    """

    frame: Frame
    time_ns: int
    sender: str
    receivers: tuple[str, ...]
    meant: str
    protocol: str
    text: str
    notes: tuple[Note, ...]
    part: Part
    before: int
    talk: int

    @property
    def number(self) -> int:
        """The frame's number in its capture."""
        return self.frame.number

    @property
    def to_all(self) -> bool:
        """Whether it is for a group: its address has the group bit (IEEE 802.3, 3.2.3)."""
        return bool(self.frame.data[:1] and self.frame.data[0] & 1)

    @property
    def relayed(self) -> bool:
        """Whether somebody passes it on who is no router."""
        return any(note.style is Style.RELAYED for note in self.notes)


def rows(capture: Capture, plan: Plan, after: int = 0) -> tuple[Row, ...]:
    """Return the rows of one act; frames up to the one with the number ``after`` are looked back at only."""
    before = hops(capture.frames)
    talks = conversations(capture.frames, before)
    exchanged = translations(capture.frames, before, talks)
    remarks = {**repeats(capture.frames, before, talks), **mixed_up(capture.frames, before, talks)}
    act = _Act(plan, before, talks, exchanged, remarks)
    begin = capture.frames[0].time_ns if len(capture) else 0
    return tuple(act.row(frame, begin) for frame in capture if frame.number > after)


def announcement(row: Row) -> bool:
    """Tell whether a frame is an announcement to all, which comes when its sender likes: mDNS, and who listens."""
    dns = row.frame.packet.getlayer(DNS)
    asks = dns is not None and not dns.qr and not dns.nscount  # RFC 6762, 8.1: a probe says what it wants to say
    return row.to_all and row.protocol in ("mDNS", "IGMP", "MLD") and not asks


@dataclass(frozen=True)
class _Act:
    """What is known while the frames of an act are put in words."""

    plan: Plan
    before: Mapping[int, Frame]
    talks: Mapping[int, int]
    translations: Mapping[int, tuple[tuple[str, str], ...]]
    remarks: Mapping[int, tuple[str, str]]

    def row(self, frame: Frame, begin: int) -> Row:
        said = words(frame.packet)
        hop = self.before.get(frame.number)
        return Row(
            frame,
            frame.time_ns - begin,
            frame.port.node or NOBODY,
            tuple(port.node or NOBODY for port in frame.delivered),
            self._meant(frame),
            said.protocol,
            said.text + self._mac_owner(frame.packet),
            tuple(self._notes(frame)),
            _part(frame.packet),
            hop.number if hop else 0,
            self.talks[frame.number],
        )

    @cached_property
    def macs(self) -> Mapping[str, Interface]:
        return {port.mac: port for segment in self.plan.segments for port in segment.ports}

    @cached_property
    def ips(self) -> Mapping[str, Interface]:
        """The owners of addresses, which in a frame may be anything, by what scapy makes of them."""
        return {str(ip): port for ip, port in self.plan.owners.items()}

    @cached_property
    def routers(self) -> frozenset[str]:
        """The nodes that others send through."""
        through = [route.via for node in self.plan.nodes.values() for route in (*node.routes, *node.learns)]
        return frozenset(self.plan.owners[via].node for via in through if via in self.plan.owners)

    def _meant(self, frame: Frame) -> str:
        owner = self.macs.get(getattr(frame.packet, "dst", ""))
        return owner.node if owner else ""

    def _mac_owner(self, packet: Packet) -> str:
        """Say whose MAC it is that an address is said to be at."""
        said = claim(packet)
        owner = self.macs.get(said.mac) if said and said.aloud else None
        return f" ({owner.node})" if owner else ""

    def _notes(self, frame: Frame) -> Iterator[Note]:
        if frame.answers:
            yield Note(f"ANSWERS: {frame.answers}", Style.ANSWER)
        if (said := claim(frame.packet)) is not None:
            yield from self._about_claim(said, frame.port.node)
        if (header := Header.of(frame.packet)) is not None:
            yield from self._about_road(frame, header)
        for old, new in self.translations.get(frame.number, ()):
            yield Note("NAT", detail=f"{old} becomes {new}")
        if remark := self.remarks.get(frame.number):
            yield Note(remark[0], detail=remark[1])
        yield from self._about_delivery(frame)

    def _about_claim(self, said: Claim, sender: str) -> Iterator[Note]:
        """Say whether what a message claims about an address is true."""
        owner = self._owner(said.ip)
        if owner is None:
            return
        place = self.macs.get(said.mac)
        if place is None or place.node != owner.node:
            yield Note(f"LIE: {said.ip} is {owner.node}'s", Style.LIE)
        elif sender and sender != owner.node:
            yield Note(f"true, but it is {sender} who says so")

    def _about_road(self, frame: Frame, header: Header) -> Iterator[Note]:
        sender, hop, source = frame.port.node, self.before.get(frame.number), self._owner(header.src)
        if hop and header.fragment and not _is_piece(hop):
            yield Note(f"cut into pieces by {sender}: its next wire carries less")
        if hop and sender not in self.routers:
            yield Note(f"relayed by {sender}", Style.RELAYED, f"frame {hop.number} again")
        elif not hop and source and sender and source.node != sender and sender not in self.routers:
            yield Note(f"LIE: it is {sender} who speaks as {source.node}", Style.LIE)
        elif not hop and header.steps <= _FEW_HOPS and not _group(header.dst) and not is_bgp(frame.packet):
            called = "TTL" if header.version == 4 else "hop limit"
            yield Note(f"{called} {header.steps}: passes {_routers(header.steps - 1)}")
        yield from self._astray(frame, header)

    def _astray(self, frame: Frame, header: Header) -> Iterator[Note]:
        """Say whom a packet was for when it comes to a node that neither has its address nor is a router."""
        target = self._owner(header.dst)
        for port in frame.delivered if len(frame.delivered) == 1 else ():
            if target and port.known and port.node != target.node and port.node not in self.routers:
                yield Note(f"meant for {target.node}, comes to {port.node}", Style.RELAYED)

    def _about_delivery(self, frame: Frame) -> Iterator[Note]:
        if not frame.delivered:
            yield Note("lost", Style.LOST)
        elif len(frame.data) and frame.data[0] & 1:
            yield Note("broadcast" if frame.data[:6] == b"\xff" * 6 else "multicast")
        elif len(frame.delivered) > 1:
            yield Note("flooded: the switch does not know the way yet")

    def _owner(self, ip: str) -> Interface | None:
        return self.ips.get(ip)


def _routers(number: int) -> str:
    return f"{number} routers" if number > 1 else "1 router" if number == 1 else "no router"


def _group(ip: str) -> bool:
    return ip_address(ip).is_multicast or ip == "255.255.255.255"


def _is_piece(frame: Frame) -> bool:
    header = Header.of(frame.packet)
    return header is not None and header.fragment is not None


def _part(packet: Packet) -> Part:
    tcp = packet.getlayer(TCP)
    if tcp is None:
        return Part.OTHER
    if payload(tcp):
        return Part.CARRIES
    return _PARTS.get(str(tcp.flags).replace("P", ""), Part.OTHER)


_PARTS = {"S": Part.OPENS, "SA": Part.ACCEPTS, "A": Part.ACKNOWLEDGES, "FA": Part.CLOSES, "F": Part.CLOSES}

"""How much goes by, when, and between whom: bytes in slices of time, as a picture and as bars, and conversations."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from xml.sax.saxutils import escape

from lab.capture import Frame
from lab.graph.lettering import FONTS, STYLES, width
from lab.ladder.headers import Header
from lab.ladder.words import words


class Group(Enum):
    """What belongs together, by the colours that Wireshark has for it: name, light ground, dark ground, letter."""

    ERRORS = ("refused, lost, unreachable", "#12272e", "#f4f4f4", "!")
    WEB = ("TCP and what it carries", "#4e9a2f", "#8fd672", "█")
    NAMES = ("DNS and other UDP", "#2f7fc1", "#7dbdf2", "▓")
    ECHOES = ("ICMP", "#a64fb0", "#e0a0e6", "▒")
    NEIGHBOURS = ("ARP", "#b8860b", "#e9c46a", "░")

    def __init__(self, called: str, light: str, dark: str, letter: str) -> None:
        self.called = called
        self.light = light
        self.dark = dark
        self.letter = letter

    @classmethod
    def of(cls, frame: Frame) -> "Group":
        """Return where a frame belongs; what came to nothing is black, whatever it was."""
        said = words(frame.packet)
        if not frame.delivered or said.text.startswith("RST") or said.text.endswith(("unreachable", "exceeded")):
            return cls.ERRORS
        return _OF_PROTOCOLS.get(said.protocol, cls.WEB)


_OF_PROTOCOLS = {
    **dict.fromkeys(("DNS", "mDNS", "UDP", "DHCP", "SSDP", "SNMP"), Group.NAMES),
    **dict.fromkeys(("ICMP", "ICMPv6"), Group.ECHOES),
    **dict.fromkeys(("ARP", "NDP"), Group.NEIGHBOURS),
}

_TEXT = 18
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 1200, 560, 96, 88, 96


@dataclass(frozen=True)
class Volume:
    """Bytes by group, in slices of ``slice_ns`` nanoseconds each, from the first frame on."""

    slice_ns: int
    slices: tuple[Mapping[Group, int], ...]

    @property
    def total(self) -> int:
        """All bytes of all slices."""
        return sum(sum(one.values()) for one in self.slices)

    def of(self, group: Group) -> int:
        """Return the bytes of a group."""
        return sum(one.get(group, 0) for one in self.slices)


def volume(frames: Sequence[Frame], slices: int = 40) -> Volume:
    """Count the bytes of frames in so many slices of equal length; ``ValueError`` where there is no frame."""
    if not frames:
        raise ValueError("no frame, no volume")
    begin, end = (pick(frame.time_ns for frame in frames) for pick in (min, max))
    length = (end - begin) // slices + 1
    counted: list[Counter[Group]] = [Counter() for _ in range(slices)]
    for frame in frames:
        counted[(frame.time_ns - begin) // length][Group.of(frame)] += len(frame.data)
    return Volume(length, tuple(counted))


@dataclass(frozen=True)
class Conversation:
    """What two addresses said to each other; ``one`` spoke first."""

    one: str
    other: str
    frames: int
    size: int
    """Bytes of whole frames, both ways."""


def conversations(frames: Iterable[Frame]) -> tuple[Conversation, ...]:
    """Return who spoke with whom by IP, the largest first, as Wireshark's statistics do; ARP is no conversation."""
    between: dict[frozenset[str], list[tuple[str, str, int]]] = {}
    for frame in frames:
        if header := Header.of(frame.packet):
            between.setdefault(frozenset((header.src, header.dst)), []).append(
                (header.src, header.dst, len(frame.data))
            )
    told = (Conversation(*said[0][:2], len(said), sum(size for _, _, size in said)) for said in between.values())
    return tuple(sorted(told, key=lambda one: -one.size))


def bars(told: Volume, columns: int = 48) -> Iterator[str]:
    """Yield a line for each slice in which something went by, and what the letters mean."""
    most = max(sum(one.values()) for one in told.slices)
    for number, one in enumerate(told.slices):
        if size := sum(one.values()):
            drawn = "".join(group.letter * -(-one[group] * columns // most) for group in Group if one.get(group))
            yield f"{number * told.slice_ns / 1e6:>7.0f} ms  {drawn}  {size:,}"
    yield ""
    for group in Group:
        if told.of(group):
            yield f"{group.letter * 2:>10}  {group.called}: {told.of(group):,} bytes"


def chart(told: Volume, title: str) -> str:
    """Draw the slices as columns that stand on each other, group on group, with their bytes for those who read it."""
    most = _nice(max(sum(one.values()) for one in told.slices))
    floor, height = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP
    wide = (_WIDTH - _LEFT - 24) / len(told.slices)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'role="img" aria-labelledby="volume-title volume-desc" font-family="{escape(FONTS, {chr(34): "&quot;"})}">',
        f'<title id="volume-title">{escape(title)}</title>',
        f'<desc id="volume-desc">{escape("; ".join(_summary(told)))}</desc>',
        f"<style>{_style()}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}"/>',
        f'<text class="title" x="{_LEFT}" y="48">{escape(title)}</text>',
    ]
    for part in range(5):
        y = floor - height * part / 4
        lines.append(f'<path class="line" d="M{_LEFT} {y:.1f}H{_WIDTH - 24}"/>')
        lines.append(_label(_LEFT - 10, y + 6, "end", f"{most * part // 4:,}"))
    for number, one in enumerate(told.slices):
        y, x = float(floor), _LEFT + number * wide
        for group in reversed(Group):
            if size := one.get(group, 0):
                tall = max(height * size / most, 3.0)
                y -= tall
                lines.append(
                    f'<rect class="{group.name.lower()}" x="{x + 1:.1f}" y="{y:.1f}" width="{wide - 2:.1f}" '
                    f'height="{tall:.1f}" data-bytes="{size}"/>'
                )
    lines += _below(told, floor)
    return "\n".join([*lines, "</svg>", ""])


def _below(told: Volume, floor: int) -> Iterator[str]:
    """Yield the times below the columns, and what the colours mean."""
    seconds = told.slice_ns * len(told.slices) / 1e9
    for part in range(5):
        x = _LEFT + (_WIDTH - _LEFT - 24) * part / 4
        anchor = "start" if part == 0 else "end" if part == 4 else "middle"
        yield _label(x, floor + 28, anchor, f"{seconds * part / 4:.2f} s")
    x = float(_LEFT)
    for group in Group:
        if told.of(group):
            yield f'<rect class="{group.name.lower()}" x="{x:.1f}" y="{floor + 50}" width="20" height="20"/>'
            yield f'<text class="name" x="{x + 28:.1f}" y="{floor + 66}">{escape(group.called)}</text>'
            x += 64 + width(group.called, "what") * _TEXT / STYLES["what"].size


def _label(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text class="what" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _summary(told: Volume) -> Iterator[str]:
    yield f"{told.total:,} bytes in {told.slice_ns * len(told.slices) / 1e9:.2f} seconds"
    yield from (f"{group.called}: {told.of(group):,} bytes" for group in Group if told.of(group))


def _nice(most: int) -> int:
    """Return the next number above that is easy to read on an axis of four parts."""
    size = 4
    while 9 * size < most:
        size *= 10
    return next(step * size for step in range(1, 10) if step * size >= most)


def _style() -> str:
    light = [f".{group.name.lower()}{{fill:{group.light}}}" for group in Group]
    dark = [f".{group.name.lower()}{{fill:{group.dark}}}" for group in Group]
    return (
        ".paper{fill:#fbfaf6}text{fill:#1c2a30;font-size:18px}.what{fill:#455a64}.line{stroke:#cfc9bb}"
        f".title{{font-size:28px;font-weight:600}}{''.join(light)}"
        "@media (prefers-color-scheme:dark){.paper{fill:#12181c}text{fill:#eef3f6}.what{fill:#b5c4cc}"
        f".line{{stroke:#37424a}}{''.join(dark)}}}"
    )

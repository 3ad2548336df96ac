"""pcapng files (draft-ietf-opsawg-pcapng): ours, with one interface per switch port, and those of other programs.

What the format has no place for travels in custom options, which other programs skip: the ports that a frame was
delivered to, and, in a statistics block after its last frame, a window's name and proof. So a file that was cut off is
not proven. (A custom block would say it more plainly, but tshark 4.0 counts one as a packet.)
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from ipaddress import IPv4Address
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from lab.capture.frame import UNKNOWN, Frame, Port, Window
from lab.errors import InputError

_BYTE_ORDER = 0x1A2B3C4D
_ETHERNET = 1
_NANOSECONDS = 9  # if_tsresol: a power of ten
_TLS_KEYS = 0x544C534B
_OURS = 32473  # the enterprise number for examples, RFC 5612: nobody else's
_LONGEST_BLOCK = 1 << 24


class _Kind(IntEnum):
    """The types of block that are written or read here; others are skipped."""

    SECTION = 0x0A0D0D0A
    INTERFACE = 1
    SIMPLE = 3
    STATISTICS = 5
    ENHANCED = 6
    SECRETS = 10


class _Option(IntEnum):
    """The options that every block may have."""

    END = 0
    COMMENT = 1
    CUSTOM_TEXT = 2988


class _InterfaceOption(IntEnum):
    """The options of an interface that are written or read here."""

    NAME = 2
    DESCRIPTION = 3
    IPV4 = 4
    MAC = 6
    RESOLUTION = 9
    OFFSET = 14


_SECTION_APPLICATION = 4
_STATISTICS_OSDROP = 7


class _AboutSection(BaseModel):
    """What our section header says about the file."""

    model_config = ConfigDict(extra="ignore")

    wiretale: int
    topology: str = ""


class _AboutWindow(BaseModel):
    """What our option in a statistics block says about the frames since the one before."""

    model_config = ConfigDict(extra="ignore", strict=True)

    window: str
    frames: NonNegativeInt
    proven: bool
    drops: NonNegativeInt
    unmatched: NonNegativeInt
    total: NonNegativeInt


class PcapngWriter:
    """Writes frame after frame to a binary stream; whoever opened the stream flushes and closes it."""

    def __init__(self, stream: BinaryIO, topology: str = "") -> None:
        self._stream = stream
        self._interfaces: dict[Port, int] = {}
        about = _AboutSection(wiretale=1, topology=topology).model_dump_json()
        head = struct.pack("<IHHq", _BYTE_ORDER, 1, 0, -1)
        self._block(
            _Kind.SECTION, head + _options((_SECTION_APPLICATION, b"Wiretale"), (_Option.CUSTOM_TEXT, _custom(about)))
        )

    def secrets(self, keys: str) -> None:
        """Write a log of TLS keys, by which Wireshark deciphers the frames behind it."""
        log = keys.encode()
        self._block(_Kind.SECRETS, struct.pack("<II", _TLS_KEYS, len(log)) + _padded(log) + _options())

    def port(self, port: Port) -> int:
        """Declare a port, unless that is done, and return the number of its interface."""
        if port not in self._interfaces:
            self._interfaces[port] = len(self._interfaces)
            self._block(_Kind.INTERFACE, struct.pack("<HHI", _ETHERNET, 0, 0) + _options(*_port_options(port)))
        return self._interfaces[port]

    def frame(self, frame: Frame) -> None:
        """Write a frame, after the ports that it needs."""
        interface = self.port(frame.port)
        for port in frame.delivered:
            self.port(port)
        size = len(frame.data)
        head = struct.pack("<IIIII", interface, frame.time_ns >> 32, frame.time_ns & 0xFFFFFFFF, size, size)
        delivered = ",".join(map(str, frame.delivered))
        comment = [(_Option.COMMENT, frame.comment.encode())] if frame.comment else []
        options = _options(*comment, (_Option.CUSTOM_TEXT, _custom(f"delivered={delivered}")))
        self._block(_Kind.ENHANCED, head + _padded(frame.data) + options)

    def close_window(self, name: str, frames: int, window: Window) -> None:
        """Say what is known about the ``frames`` written since the last window."""
        about = _AboutWindow(
            window=name,
            frames=frames,
            proven=window.proven,
            drops=window.drops,
            unmatched=window.unmatched,
            total=window.total,
        ).model_dump_json()
        # One socket hears all ports, so its drops are theirs together; they stand at the first.
        head = struct.pack("<III", self.port(next(iter(self._interfaces), UNKNOWN)), 0, 0)
        drops = (_STATISTICS_OSDROP, struct.pack("<Q", window.drops))
        self._block(_Kind.STATISTICS, head + _options(drops, (_Option.CUSTOM_TEXT, _custom(about))))

    def window(self, name: str, frames: tuple[Frame, ...], window: Window) -> None:
        """Write a whole window."""
        for port in window.ports:
            self.port(port)
        for frame in frames:
            self.frame(frame)
        self.close_window(name, len(frames), window)

    def _block(self, kind: int, body: bytes) -> None:
        length = len(body) + 12
        self._stream.write(struct.pack("<II", kind, length) + body + struct.pack("<I", length))


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _options(*options: tuple[int, bytes]) -> bytes:
    written = b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options)
    return written + struct.pack("<HH", _Option.END, 0)


def _custom(text: str) -> bytes:
    return struct.pack("<I", _OURS) + text.encode()


def _port_options(port: Port) -> Iterator[tuple[int, bytes]]:
    yield _InterfaceOption.NAME, str(port).encode()
    yield (
        _InterfaceOption.DESCRIPTION,
        f"what {port.node} sends on {port.network}".encode() if port.known else b"a port without a name",
    )
    if port.ip:
        yield _InterfaceOption.IPV4, IPv4Address(port.ip).packed + b"\xff\xff\xff\xff"
    if port.mac:
        yield _InterfaceOption.MAC, bytes.fromhex(port.mac.replace(":", ""))
    yield _InterfaceOption.RESOLUTION, bytes([_NANOSECONDS])


# Reading: whoever wrote the file, it is not trusted


@dataclass(frozen=True)
class _Block:
    """A block's body, with the byte order of its section (">" or "<") and its place in the file."""

    kind: int
    body: bytes
    order: str
    offset: int

    def numbers(self, layout: str, at: int = 0) -> tuple[int, ...]:
        return struct.unpack_from(self.order + layout, self.body, at)

    def options(self, at: int) -> Iterator[tuple[int, bytes]]:
        while at < len(self.body):
            code, length = self.numbers("HH", at)
            if code == _Option.END:
                return
            value = self.body[at + 4 : at + 4 + length]
            if len(value) < length:
                raise ValueError(f"option {code} is longer than its block")
            yield code, value
            at += 4 + length + -length % 4

    def ours(self, value: bytes) -> str | None:
        """The text of a custom option if it is ours."""
        if len(value) < 4 or struct.unpack_from(self.order + "I", value) != (_OURS,):
            return None
        return value[4:].decode()


@dataclass(frozen=True)
class _Interface:
    port: Port
    ticks_per_second: int = 10**6
    offset_seconds: int = 0
    snap_length: int = 0

    def nanoseconds(self, ticks: int) -> int:
        time_ns = ticks * 10**9 // self.ticks_per_second + self.offset_seconds * 10**9
        if not 0 <= time_ns < 1 << 64:
            raise ValueError("the time is out of all range")
        return time_ns


@dataclass
class _Section:
    """What the blocks of a section so far have said."""

    ours: bool = False
    interfaces: list[_Interface] = field(default_factory=list)

    @property
    def ports(self) -> dict[str, Port]:
        return {str(one.port): one.port for one in self.interfaces if one.port.known}

    def interface(self, number: int) -> _Interface:
        if number >= len(self.interfaces):
            raise ValueError(f"interface {number} was never declared")
        return self.interfaces[number]


class _Reader:
    """Collects windows from blocks; frames after the last proof make a window that is not proven."""

    def __init__(self) -> None:
        self.windows: dict[str, tuple[tuple[Frame, ...], Window]] = {}
        self._section = _Section()
        self._frames: list[Frame] = []
        self._count = 0

    def take(self, block: _Block) -> None:
        match block.kind:
            case _Kind.SECTION:
                self._take_section(block)
            case _Kind.INTERFACE:
                self._take_interface(block)
            case _Kind.ENHANCED:
                self._take_enhanced(block)
            case _Kind.SIMPLE:
                self._take_simple(block)
            case _Kind.STATISTICS if self._section.ours:
                self._take_statistics(block)

    def finish(self) -> dict[str, tuple[tuple[Frame, ...], Window]]:
        if self._frames or not self.windows:
            self._add("", Window(proven=False))
        return self.windows

    def _take_section(self, block: _Block) -> None:
        _, major, _, _ = block.numbers("IHHq")
        if major != 1:
            raise ValueError(f"version {major} of the format is not known")
        texts = [block.ours(value) for code, value in block.options(16) if code == _Option.CUSTOM_TEXT]
        self._section = _Section(ours=any(text and _AboutSection.model_validate_json(text) for text in texts))

    def _take_interface(self, block: _Block) -> None:
        link_type, _, snap_length = block.numbers("HHI")
        if link_type != _ETHERNET:
            raise ValueError(f"link type {link_type}: only Ethernet can be read")
        interface = _Interface(UNKNOWN, snap_length=snap_length)
        for code, value in block.options(8):
            interface = _described(interface, code, value, block.order, self._section.ours)
        self._section.interfaces.append(interface)

    def _take_enhanced(self, block: _Block) -> None:
        number, high, low, length, _ = block.numbers("IIIII")
        interface = self._section.interface(number)
        data = _cut(block.body, 20, length)
        comment = ""
        delivered: tuple[Port, ...] = (UNKNOWN,)
        for code, value in block.options(20 + length + -length % 4):
            if code == _Option.COMMENT and not comment:
                comment = value.decode(errors="replace")
            elif code == _Option.CUSTOM_TEXT and self._section.ours:
                delivered = self._delivered(block.ours(value), delivered)
        self._add_frame(interface.nanoseconds(high << 32 | low), interface.port, delivered, data, comment)

    def _take_simple(self, block: _Block) -> None:
        (length,) = block.numbers("I")
        interface = self._section.interface(0)
        captured = min(length, interface.snap_length) if interface.snap_length else length
        self._add_frame(0, UNKNOWN, (UNKNOWN,), _cut(block.body, 4, captured), "")

    def _add_frame(self, time_ns: int, port: Port, delivered: tuple[Port, ...], data: bytes, comment: str) -> None:
        self._count += 1  # through all windows, as Wireshark counts
        self._frames.append(Frame(self._count, time_ns, port, delivered, data, comment))

    def _delivered(self, text: str | None, otherwise: tuple[Port, ...]) -> tuple[Port, ...]:
        if text is None or not text.startswith("delivered="):
            return otherwise
        names = text.removeprefix("delivered=")
        ports = self._section.ports
        return tuple(ports.get(name, UNKNOWN) for name in names.split(",")) if names else ()

    def _take_statistics(self, block: _Block) -> None:
        texts = (block.ours(value) for code, value in block.options(12) if code == _Option.CUSTOM_TEXT)
        for about in (_AboutWindow.model_validate_json(text) for text in texts if text):
            whole = about.frames == len(self._frames)  # else somebody cut frames out of the file
            self._add(about.window, Window(about.proven and whole, about.drops, about.unmatched, about.total))

    def _add(self, name: str, window: Window) -> None:
        if name in self.windows:
            raise ValueError(f"there are two windows of the name {name!r}")
        total = max(window.total, len(self._frames))
        window = replace(window, total=total, ports=tuple(self._section.ports.values()))
        self.windows[name] = (tuple(self._frames), window)
        self._frames = []


def _described(interface: _Interface, code: int, value: bytes, order: str, ours: bool) -> _Interface:
    """Add to an interface what one option says; the names of other programs' interfaces are no ports of ours."""
    port = interface.port
    match code:
        case _InterfaceOption.NAME if ours:
            node, _, network = value.decode().partition(":")
            return replace(interface, port=replace(port, node=node, network=network)) if network else interface
        case _InterfaceOption.IPV4 if ours and len(value) == 8:
            return replace(interface, port=replace(port, ip=str(IPv4Address(value[:4]))))
        case _InterfaceOption.MAC if ours and len(value) == 6:
            return replace(interface, port=replace(port, mac=value.hex(":")))
        case _InterfaceOption.RESOLUTION if len(value) == 1:
            power = value[0] & 0x7F
            return replace(interface, ticks_per_second=2**power if value[0] & 0x80 else 10**power)
        case _InterfaceOption.OFFSET if len(value) == 8:
            return replace(interface, offset_seconds=struct.unpack(order + "q", value)[0])
    return interface


def _cut(body: bytes, at: int, length: int) -> bytes:
    data = body[at : at + length]
    if len(data) < length:
        raise ValueError("the frame is longer than its block")
    return data


def read_pcapng(stream: BinaryIO, name: str) -> dict[str, tuple[tuple[Frame, ...], Window]]:
    """Read every window of a file: frames and what is known about them, by the window's name ("" when it has none).

    Frames of other programs have no known port, and their window is not proven. Raises ``InputError`` that names the
    file and the byte: "capture.pcapng: byte 1234: the file ends inside a block".
    """
    reader = _Reader()
    offset = 0
    try:
        for block in _blocks(stream):
            offset = block.offset
            reader.take(block)
        return reader.finish()
    except _Misplaced as error:
        raise InputError(f"{name}: byte {error.offset}: {error}") from error
    except ValidationError as error:
        raise InputError(f"{name}: byte {offset}: what Wiretale wrote here is damaged") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: byte {offset}: a name here is not text") from error
    except struct.error as error:
        raise InputError(f"{name}: byte {offset}: the block is too short") from error
    except ValueError as error:
        raise InputError(f"{name}: byte {offset}: {error}") from error


class _Misplaced(ValueError):
    """The file is wrong before a block could be made of it."""

    def __init__(self, offset: int, what: str) -> None:
        super().__init__(what)
        self.offset = offset


def _blocks(stream: BinaryIO) -> Iterator[_Block]:
    """Cut a file into blocks; each section header says anew in which order its bytes are."""
    offset, order = 0, ""
    while head := stream.read(8):
        if head[:4] == _Kind.SECTION.to_bytes(4, "big"):
            head += stream.read(4)
            order = _order(head, offset)
        elif not order:
            raise _Misplaced(offset, _no_pcapng(head))
        kind, length = struct.unpack_from(order + "II", head.ljust(8, b"\0"))
        if len(head) < 8 or not 12 <= length <= _LONGEST_BLOCK or length % 4 or length < len(head) + 4:
            raise _Misplaced(offset, "the file ends inside a block" if len(head) < 8 else f"a block of {length} bytes")
        rest = stream.read(length - len(head))
        if len(rest) < length - len(head):
            raise _Misplaced(offset, "the file ends inside a block")
        if rest[-4:] != head[4:8]:
            raise _Misplaced(offset, "the block's two lengths differ")
        yield _Block(kind, head[8:] + rest[:-4], order, offset)
        offset += length
    if not offset:
        raise _Misplaced(offset, "the file is empty")


def _order(head: bytes, offset: int) -> str:
    for order in "<>":
        if head[8:] == struct.pack(order + "I", _BYTE_ORDER):
            return order
    raise _Misplaced(offset, "a section without a byte order")


def _no_pcapng(head: bytes) -> str:
    if head[:4] in {magic.to_bytes(4, order) for magic in (0xA1B2C3D4, 0xA1B23C4D) for order in ("big", "little")}:
        return "this is a pcap file of the old format; convert it: tshark -F pcapng -r OLD -w NEW"
    return "this is no pcapng file"

"""The program that delays frames, and the reader of slow queues, as far as they need no right."""

import socket
import struct
from collections.abc import Callable, Iterator
from itertools import count
from types import ModuleType
from typing import Any

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

Load = Callable[[str], ModuleType]


@pytest.fixture
def module(program: Load) -> ModuleType:
    return program("delays")


A_CARD, ANOTHER_CARD = (bytes(Ether() / IP() / UDP() / Raw(word)) for word in (b"one", b"two"))


class Clocks:
    """Both clocks of the program; they differ, and stand still until they are set."""

    def __init__(self) -> None:
        self.now, self.apart = 1_000_000_000, 77_000_000_000

    def monotonic_ns(self) -> int:
        return self.now

    def time_ns(self) -> int:
        return self.now + self.apart


class Ring:
    """The frames that a test lets come in."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, bool, int, bytes]] = []
        self.drops = 0

    def waiting(self) -> Iterator[tuple[int, bool, int, bytes]]:
        while self.frames:
            yield self.frames.pop(0)

    def statistics(self) -> dict[str, int]:
        return {"drops": self.drops}


class Out:
    """A way out that may be full or broken."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.trouble: type[OSError] | None = None

    def send(self, data: bytes) -> None:
        if self.trouble:
            raise self.trouble
        self.sent.append(data)


class Wires:
    """The program with two directions of one wire: what comes in by 7 goes out after 20 us, by 8 after 30 us."""

    def __init__(self, module: ModuleType) -> None:
        self.program: Any = object.__new__(module.Delays)  # without its sockets, which need a right
        self.clocks, self.ring, self.program.heap, self.program.drains = Clocks(), Ring(), [], []
        self.program.ring, self.program.numbers = self.ring, count()
        self.program.names = {"p7": ("w7", 20), "p8": ("w8", 30)}
        self.program.ways = {7: self._way(module, "w7", 20), 8: self._way(module, "w8", 30)}

    def _way(self, module: ModuleType, name: str, delay: int) -> Any:
        way = object.__new__(module.Way)
        way.name = name
        way.delay, way.last, way.waiting, way.socket = delay * 1000, 0, module.deque(), Out()
        way.mangled = {}
        return way

    def come(self, index: int, data: bytes, ago: int = 0) -> None:
        """Let a frame in that the kernel stamped some nanoseconds ago."""
        self.ring.frames.append((index, False, self.clocks.time_ns() - ago, data))
        self.program.take()

    def mangle(self, does: str, nth: int, protocol: str = "udp") -> None:
        """Choose a frame of those that come in by 7; the choice is called as what it does to it."""
        assert self.program.mangle(f"{does}-{protocol}", "p7", does=does, nth=nth, protocol=protocol)

    def after(self, microseconds: float) -> list[bytes]:
        """Let time pass, and return what was sent by then."""
        self.clocks.now += int(microseconds * 1000)
        self.program.send()
        return [data for way in self.program.ways.values() for data in way.socket.sent]


@pytest.fixture
def wires(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Wires:
    wires = Wires(module)
    monkeypatch.setattr(module, "time", wires.clocks)
    return wires


def test_a_frame_goes_on_when_its_delay_is_over_and_not_before(wires: Wires) -> None:
    wires.come(7, b"A")
    assert wires.after(19.9) == []
    assert wires.after(0.1) == [b"A"]


def test_the_delay_begins_when_the_kernel_saw_the_frame(wires: Wires) -> None:
    wires.come(7, b"A", ago=15_000)
    assert wires.after(5) == [b"A"]


def test_a_frame_that_was_stamped_in_the_future_waits_no_longer_than_others(wires: Wires) -> None:
    wires.come(7, b"A", ago=-9_000_000)
    assert wires.after(20) == [b"A"]


def test_frames_of_one_way_stay_in_their_order_whatever_their_stamps(wires: Wires) -> None:
    for number, ago in enumerate([0, 900, 300]):
        wires.come(7, b"%d" % number, ago)
    assert wires.after(20) == [b"0", b"1", b"2"]


def test_each_way_has_its_own_delay(wires: Wires) -> None:
    wires.come(8, b"slow")
    wires.come(7, b"quick")
    assert wires.after(20) == [b"quick"]
    assert wires.after(10) == [b"quick", b"slow"]


def test_what_comes_from_elsewhere_is_left_alone(wires: Wires) -> None:
    wires.come(9, b"A")
    assert wires.program.pause() is None


def test_the_program_sleeps_until_the_next_frame_is_due_and_for_ever_without_one(wires: Wires) -> None:
    assert wires.program.pause() is None
    wires.come(8, b"A")
    wires.come(7, b"B")
    assert wires.program.pause() == pytest.approx(20e-6)
    wires.clocks.now += 10**9
    assert wires.program.pause() == 0


def test_a_frame_that_is_late_goes_behind_the_next_one_and_as_late_as_that(wires: Wires) -> None:
    wires.mangle("late", 1)
    wires.come(7, A_CARD)
    assert wires.after(100) == []
    wires.come(7, ANOTHER_CARD)
    assert wires.after(20) == [ANOTHER_CARD, A_CARD]


def test_a_late_frame_that_none_passes_goes_on_after_a_second_and_who_asks_is_answered_then(wires: Wires) -> None:
    wires.mangle("late", 1)
    wires.come(7, A_CARD)
    asker = Out()
    wires.program.drain(asker)
    assert wires.after(1_000_019) == []
    wires.program.answer()
    assert asker.sent == []
    assert wires.after(1) == [A_CARD]
    wires.program.answer()
    assert asker.sent == [b"0\n"]
    wires.come(7, ANOTHER_CARD)
    assert wires.after(20) == [A_CARD, ANOTHER_CARD]


def test_who_asks_does_not_wait_for_a_frame_that_was_passed_already(wires: Wires) -> None:
    wires.mangle("late", 1)
    wires.come(7, A_CARD)
    wires.come(7, ANOTHER_CARD)
    asker = Out()
    wires.program.drain(asker)
    wires.after(20)
    wires.program.answer()
    assert asker.sent == [b"0\n"]


def test_a_frame_that_is_spared_goes_on_after_its_delay(wires: Wires) -> None:
    wires.mangle("late", 1)
    wires.come(7, A_CARD)
    wires.program.spare("late-udp")
    assert wires.after(19.9) == []
    assert wires.after(0.1) == [A_CARD]
    wires.come(7, A_CARD)
    assert wires.after(20) == [A_CARD, A_CARD]


def test_two_choices_on_one_wire_are_counted_each_on_its_own(wires: Wires) -> None:
    wires.mangle("twice", 1)
    wires.mangle("twice", 2, protocol="tcp")
    wires.come(7, A_CARD)
    assert wires.after(20) == [A_CARD, A_CARD]


def test_a_wire_that_there_is_not_is_no_end_of_the_program(wires: Wires) -> None:
    assert not wires.program.mangle("one", "p9", does="late", nth=1, protocol="udp")


def test_a_way_that_is_full_holds_its_frames_in_their_order_and_no_others(wires: Wires) -> None:
    full = wires.program.ways[7]
    full.socket.trouble = BlockingIOError
    for frame in (b"A", b"B"):
        wires.come(7, frame)
    wires.come(8, b"C")
    assert wires.after(30) == [b"C"]
    full.socket.trouble = None
    full.push()
    assert full.socket.sent == [b"A", b"B"]


def test_a_cable_that_is_out_loses_what_is_due(wires: Wires) -> None:
    way = wires.program.ways[7]
    way.socket.trouble = OSError
    wires.come(7, b"A")
    wires.after(20)
    way.socket.trouble = None
    assert wires.after(20) == []


def answers(wires: Wires, ear: socket.socket) -> bytes:
    wires.program.answer()
    try:
        return ear.recv(64)
    except BlockingIOError:
        return b""


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    mouth, ear = socket.socketpair()
    with mouth, ear:
        ear.setblocking(False)
        yield mouth, ear


def test_who_asks_is_answered_when_all_is_out_that_was_in(
    wires: Wires, line: tuple[socket.socket, socket.socket]
) -> None:
    mouth, ear = line
    wires.come(8, b"before")
    wires.program.drain(mouth)
    wires.after(15)
    wires.come(8, b"later")
    assert answers(wires, ear) == b""
    wires.after(15)
    wires.ring.drops = 3
    assert answers(wires, ear) == b"3\n"
    assert wires.program.heap


def test_what_came_in_but_was_not_taken_yet_is_waited_for(
    wires: Wires, line: tuple[socket.socket, socket.socket]
) -> None:
    mouth, ear = line
    wires.ring.frames.append((7, False, wires.clocks.time_ns(), b"A"))
    wires.program.drain(mouth)
    assert answers(wires, ear) == b""
    assert wires.after(20) == [b"A"]
    assert answers(wires, ear) == b"0\n"


def test_what_waits_for_room_is_waited_for(wires: Wires, line: tuple[socket.socket, socket.socket]) -> None:
    mouth, ear = line
    way = wires.program.ways[7]
    way.socket.trouble = BlockingIOError
    wires.come(7, b"A")
    wires.after(20)
    wires.program.drain(mouth)
    assert answers(wires, ear) == b""
    way.socket.trouble = None
    way.push()
    assert answers(wires, ear) == b"0\n"


def test_where_nothing_is_on_its_way_the_answer_comes_at_once(
    wires: Wires, line: tuple[socket.socket, socket.socket]
) -> None:
    wires.program.drain(line[0])
    assert answers(wires, line[1]) == b"0\n"


# Interfaces come and go


@pytest.fixture
def there(module: ModuleType, wires: Wires, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Return the interfaces that are there, to be changed; the program has learnt no way yet."""
    there = {"p1": 1, "w1": 2, "p2": 3, "w2": 4}
    filters: list[list[int]] = []
    monkeypatch.setattr(module.socket, "if_nameindex", lambda: [(index, name) for name, index in there.items()])
    monkeypatch.setattr(module, "only_from", lambda ring, indices: filters.append(list(indices)))
    monkeypatch.setattr(module, "Way", Named)
    wires.program.ways, wires.program.names, wires.program.ring.socket = {}, {}, None
    wires.program.filters = filters
    return there


class Named:
    """A way out, by name only."""

    def __init__(self, name: str, delay: int) -> None:
        self.name, self.delay = name, delay


ONE = {"p1": ("w1", 20), "w1": ("p1", 20)}
OTHER = {"p2": ("w2", 30), "w2": ("p2", 30)}


def test_ways_are_known_by_the_interfaces_where_frames_come_in(wires: Wires, there: dict[str, int]) -> None:
    wires.program.learn({**ONE, **OTHER})
    assert {index: way.name for index, way in wires.program.ways.items()} == {1: "w1", 2: "p1", 3: "w2", 4: "p2"}
    assert wires.program.filters[-1] == [1, 2, 3, 4]


def test_a_way_that_is_told_again_is_new_and_all_others_stay(wires: Wires, there: dict[str, int]) -> None:
    wires.program.learn({**ONE, **OTHER})
    before = dict(wires.program.ways)
    there.update(p1=11, w1=12)
    wires.program.learn(ONE)
    assert wires.program.ways.keys() == {11, 12, 3, 4}
    assert (wires.program.ways[3], wires.program.ways[4]) == (before[3], before[4])
    assert wires.program.ways[12] not in before.values()


def test_the_way_of_a_node_that_died_is_not_there_until_it_is_told_again(wires: Wires, there: dict[str, int]) -> None:
    wires.program.learn({**ONE, **OTHER})
    del there["p2"]
    wires.program.learn(ONE)
    assert wires.program.ways.keys() == {1, 2}
    there["p2"] = 13
    wires.program.learn(OTHER)
    assert wires.program.ways.keys() == {1, 2, 13, 4}


# Slow queues


def attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def qdisc(index: int, kind: bytes, out: int, held: int, parent: int = 0xFFFFFFFF) -> bytes:
    """Return a message of the kernel about a queue, tcmsg and its attributes; nested ones are padded as it does."""
    basic, length = struct.pack("=QI4x", 99, out), struct.pack("=IIIII", held, 0, 0, 0, 0)
    statistics = attribute(7, attribute(1, basic) + attribute(3, length))
    return struct.pack("=BxxxiIII", 0, index, 1, parent, 0) + attribute(1, kind + b"\0") + statistics


def test_slow_queues_are_read_and_no_others(program: Load) -> None:
    read = program("queues.py").queue
    assert dict(read(qdisc(5, b"tbf", 17, 3))) == {5: (17, 3)}
    assert dict(read(qdisc(6, b"netem", 1, 0))) == {6: (1, 0)}
    assert dict(read(qdisc(7, b"noqueue", 1, 2))) == {}
    assert dict(read(qdisc(8, b"tbf", 1, 2, parent=0x10001))) == {}


def test_messages_of_the_kernel_are_cut_where_they_end(program: Load) -> None:
    bodies = [qdisc(5, b"tbf", 17, 3), qdisc(6, b"noqueue", 0, 0)]
    data = b"".join(struct.pack("=IHHII", 16 + len(body), 36, 0, 0, 0) + body for body in bodies)
    assert list(program("queues.py").messages(data)) == [(36, body) for body in bodies]


class Told:
    """Queues that say what a test wants, one look after the other."""

    def __init__(self, *looks: dict[int, tuple[int, int]]) -> None:
        self.looks = iter(looks)

    def now(self) -> dict[int, tuple[int, int]]:
        return next(self.looks)


@pytest.mark.parametrize(
    ("later", "out"),
    [
        ({5: (12, 1)}, False),
        ({5: (13, 9)}, True),  # others have come behind
        ({5: (10, 0)}, True),  # it was emptied, because its cable was pulled
        ({}, True),
    ],
)
def test_a_queue_has_let_go_what_it_held_when_as_many_packets_are_out(
    program: Load, later: dict[int, tuple[int, int]], out: bool
) -> None:
    held = program("queues.py").Held(Told({5: (10, 3)}, later))
    assert held.is_out() is out


def test_packets_are_counted_beyond_32_bits(program: Load) -> None:
    held = program("queues.py").Held(Told({5: (2**32 - 1, 3)}, {5: (1, 1)}, {5: (2, 1)}))
    assert (held.is_out(), held.is_out()) == (False, True)


def test_queues_that_held_nothing_are_not_asked_again(program: Load) -> None:
    assert program("queues.py").Held(Told({5: (10, 0)})).is_out()

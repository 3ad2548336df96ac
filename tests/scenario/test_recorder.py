"""How windows are cut from what the tap sees, without a lab: a tap that shows what it is given stands in for one."""

from queue import Queue

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import Ether

from lab.capture import Port, Seen
from lab.errors import EngineError
from lab.recorder import Recorder
from lab.tap import Mark

PING = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP() / ICMP()


class Wire:
    """A tap whose frames and marks come round in the order in which they were sent."""

    def __init__(self):
        self.records = Queue()
        self.marks = 0

    def mark(self):
        self.marks += 1
        self.records.put(Mark(self.marks, 0))
        return self.marks

    def read(self):
        if (record := self.records.get()) is None:
            raise EngineError("the end")
        return [record]

    def carries(self, packet):
        self.records.put(Seen("p1", False, 0, bytes(packet)))


@pytest.fixture
def wire():
    wire = Wire()
    yield wire
    wire.records.put(None)


def test_numbers_go_on_from_window_to_window_however_often_a_story_looks_for_a_frame(wire):
    recorder = Recorder(wire, {"p1": Port("victim", "lan")})
    with recorder.recording() as first:
        wire.carries(PING)
        first.waits_for(ICMP())
        first.waits_for(ICMP())
    with recorder.recording() as second:
        wire.carries(PING)
    assert [frame.number for frame in (*first.capture, *second.capture)] == [1, 2]

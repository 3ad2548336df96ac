"""Wires that lose, slow down and delay frames do just that, and the capture tells the truth about it."""

from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, TCP, UDP
from scapy.layers.l2 import ARP
from scapy.packet import Raw

from lab.impairments import Chosen

TOPOLOGY = Path(__file__).with_name("impaired.yml")
DELAY = 0.020
SET_BACK = 1_000_000
"""Nanoseconds by which the clock that stamps frames may be set back meanwhile: machines ask others for the time."""
GENEROUS = 2.0
"""Seconds that a delayed ping may take on a machine that does much else."""

REQUEST, REPLY = ICMP(type="echo-request"), ICMP(type="echo-reply")

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def lab(labs):
    return labs(str(TOPOLOGY))


@pytest.fixture(autouse=True)
def fresh(lab):
    lab.forget()


def pings(lab, sender, receiver, times, *options):
    """Send echo requests one after the other, and return the numbers of those that were answered."""
    argv = ["ping", "-n", "-c", str(times), "-i", "0.1", "-W", "1", *options, lab[receiver].ip]
    lines = lab[sender].attempt(*argv).stdout.splitlines()
    return [int(line.split("icmp_seq=")[1].split()[0]) for line in lines if "icmp_seq=" in line and "ttl=" in line]


def lost(capture):
    """Return the frames that reached nobody."""
    return [frame for frame in capture if not frame.delivered]


def ways(capture, layer):
    """Return who sent each frame with a layer, and who got it."""
    return [
        (frame.port.node, tuple(sorted(port.node for port in frame.delivered)))
        for frame in capture
        if layer in frame.packet
    ]


# Loss


def test_of_six_pings_the_third_and_the_sixth_are_lost(lab):
    with lab.recording() as seen:
        assert pings(lab, "cid", "eve", 6) == [1, 2, 4, 5]
    assert [frame.packet[ICMP].seq for frame in lost(seen.capture)] == [3, 6]
    assert {frame.port.node for frame in lost(seen.capture)} == {"cid"}
    assert seen.capture.count(REQUEST) == 6


def test_of_six_answers_the_third_and_the_sixth_are_lost(lab):
    with lab.recording() as seen:
        assert pings(lab, "eve", "cid", 6) == [1, 2, 4, 5]
    assert [frame.packet[ICMP].seq for frame in lost(seen.capture)] == [3, 6]
    assert [packet[ICMP].seq for packet in seen.capture.only(REPLY)] == [1, 2, 3, 4, 5, 6]


def test_questions_for_neighbours_are_neither_lost_nor_counted(lab):
    with lab.recording() as seen:
        for _ in range(3):
            lab["cid"].attempt("arping", "-c", "1", "-w", "1", lab["eve"].ip)
        assert pings(lab, "cid", "eve", 3) == [1, 2]
    assert seen.capture.count(ARP()) >= 2
    assert [frame.packet[ICMP].seq for frame in lost(seen.capture)] == [3]


def test_each_story_counts_anew(lab):
    for _ in range(3):
        lab.forget()
        assert pings(lab, "cid", "eve", 4) == [1, 2, 4]


def test_the_first_syn_is_lost_and_sent_again(lab):
    with lab.losing(Chosen("eve", "tcp", dport=80, flags="S")), lab.recording() as seen:
        lab["eve"].run("curl", "-s", f"http://{lab['far'].ip}/")
    on_lan = seen.capture.on("lan").sent_by("eve")
    assert on_lan.count(TCP(flags="S")) == 2
    assert [frame.packet[TCP].flags for frame in lost(seen.capture)] == ["S"]


def test_the_second_segment_with_data_is_lost_and_no_acknowledgement(lab):
    with lab.losing(Chosen("far", "tcp", sport=80, data=True, nth=2)), lab.recording() as seen:
        for _ in range(2):
            lab["eve"].run("curl", "-s", f"http://{lab['far'].ip}/")
    (gone,) = lost(seen.capture)
    assert gone.port.node == "far"
    with_data = seen.capture.sent_by("far").only(TCP(sport=80) / Raw())
    assert len(with_data) == 3
    assert bytes(gone.packet[TCP]) == bytes(with_data[1][TCP])


def test_an_acknowledgement_without_data_is_lost_that_the_node_should_have_got(lab):
    bare = Chosen("far", "tcp", dport=80, flags="A", data=False, received=True)
    with lab.losing(bare), lab.recording() as seen:
        lab["eve"].run("curl", "-s", f"http://{lab['far'].ip}/")
    (gone,) = lost(seen.capture)
    bare = [frame for frame in seen.capture.on("wan").sent_by("gate") if is_bare(frame)]
    assert bare[0] == gone
    assert bare[1:]


def is_bare(frame):
    """Whether a frame is an acknowledgement and nothing else."""
    return TCP in frame.packet and frame.packet[TCP].flags == "A" and Raw not in frame.packet


def test_several_frames_are_lost_each_counted_on_its_own_and_none_when_the_block_has_ended(lab):
    doomed = [Chosen("eve", "icmp", nth=2), Chosen("gate", "icmp", nth=2, on="wan")]
    with lab.losing(*doomed):
        assert pings(lab, "eve", "far", 5) == [1, 4, 5]
    assert pings(lab, "eve", "far", 3) == [1, 2, 3]


def test_what_was_to_be_lost_is_spared_when_the_story_breaks_off(lab):
    with pytest.raises(RuntimeError), lab.losing(Chosen("eve", "icmp", nth=1)):
        raise RuntimeError
    assert pings(lab, "eve", "far", 1) == [1]


# Rate


DATAGRAMS, LENGTH = 60, 1000
AT_LEAST = 0.8 * ((DATAGRAMS - 1) * LENGTH - 1518) * 8 / 1_000_000
"""Seconds between the first and the last of them at 1 mbit, but for a frame that the bucket lets out at once.

A fifth is for processors that come late to the first one: it is stamped where it arrives, and not in the queue.
"""

SENDS = f"""
import socket, sys
wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
for number in range({DATAGRAMS}):
    wire.sendto(bytes({LENGTH} - 42), (sys.argv[1], 9))
"""

RECEIVES = f"""
import socket, struct, sys
wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
wire.bind(("", 9))
wire.settimeout(30)
wire.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS: when the kernel got it, socket(7)
print("listening")
came = []
for number in range({DATAGRAMS}):
    ((_, _, stamp),) = wire.recvmsg(2048, 64)[1]
    seconds, nanoseconds = struct.unpack("qq", stamp)
    came.append(seconds + nanoseconds / 1e9)
print(came[-1] - came[0])
sys.stdin.read()
"""


def test_a_slow_wire_takes_as_long_as_it_must_for_what_the_node_sends(lab):
    with lab.recording() as seen:
        lab["far"].run("python3", "-c", SENDS, lab["eve"].ip)
    times = [frame.time_ns for frame in seen.capture.sent_by("far") if UDP in frame.packet]
    assert len(times) == DATAGRAMS
    assert (times[-1] - times[0]) / 1e9 >= AT_LEAST


def test_a_slow_wire_takes_as_long_as_it_must_for_what_the_node_receives(lab):
    with lab.recording() as seen, lab["far"].running("python3", "-u", "-c", RECEIVES) as printed:
        lab["eve"].run("python3", "-c", SENDS, lab["far"].ip)
    assert float(printed[-1]) >= AT_LEAST
    assert lost(seen.capture) == []


def test_a_window_is_open_until_a_slow_wire_has_let_out_what_it_held(lab):
    with lab.recording() as seen:
        lab["eve"].run("python3", "-c", SENDS, lab["far"].ip)
    assert lost(seen.capture) == []
    assert seen.capture.between("gate", "far").count(UDP(dport=9)) == DATAGRAMS


# Delay


def round_trips(lab, sender, receiver, times=5):
    """Return the seconds that pings took."""
    out = lab[sender].run("ping", "-n", "-c", str(times), "-i", "0.1", "-W", "5", lab[receiver].ip).stdout
    return [float(line.split("time=")[1].split()[0]) / 1000 for line in out.splitlines() if "time=" in line]


def test_a_delay_is_met_there_and_back(lab):
    taken = round_trips(lab, "ada", "eve")
    assert len(taken) == 5
    assert min(taken) >= 2 * DELAY
    assert max(taken[1:]) < GENEROUS


def test_two_delays_add_up(lab):
    assert min(round_trips(lab, "ada", "bob")) >= 4 * DELAY


def test_other_nodes_of_the_network_are_not_delayed(lab):
    assert min(round_trips(lab, "eve", "gate", times=10)) < DELAY


def test_each_frame_is_seen_once_with_its_true_sender_and_all_who_got_it(lab):
    with lab.recording() as seen:
        lab["ada"].ping(lab["bob"])
    everybody_else = ("bob", "cid", "eve", "gate")
    assert ways(seen.capture, ARP)[0] == ("ada", everybody_else)
    assert ways(seen.capture, ARP)[1] == ("bob", ("ada",))
    assert ways(seen.capture, ICMP) == [("ada", ("bob",)), ("bob", ("ada",))]
    assert seen.capture.window.unmatched == 0


def test_a_frame_has_the_time_at_which_it_was_sent(lab):
    lab["ada"].ping(lab["eve"])
    with lab.recording() as seen:
        lab["ada"].ping(lab["eve"])
    asked, answered = (frame.time_ns for frame in seen.capture if ICMP in frame.packet)
    assert answered - asked >= DELAY * 1e9 - SET_BACK


def test_what_is_still_on_its_way_when_a_window_closes_is_not_lost(lab):
    lab["ada"].ping(lab["bob"])
    for _ in range(5):
        with lab.recording() as seen:
            lab["ada"].attempt("ping", "-n", "-c", "1", "-W", "0.001", lab["bob"].ip)
        assert lost(seen.capture) == []
        assert ways(seen.capture, ICMP)[0] == ("ada", ("bob",))
        pings(lab, "ada", "bob", 1)


def test_what_is_lost_behind_a_delay_is_marked_as_lost(lab):
    with lab.losing(Chosen("ada", "icmp", nth=2)), lab.recording() as seen:
        assert pings(lab, "ada", "eve", 3) == [1, 3]
    (gone,) = lost(seen.capture)
    assert (gone.port.node, gone.packet[ICMP].seq) == ("ada", 2)


def test_thousands_of_frames_come_out_in_their_order(lab):
    # What waits for a neighbour's address is sent by the processor that takes the answer: the sender may overtake it
    pings(lab, "ada", "eve", 1)
    program = (
        "import socket\n"
        "wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        f"for number in range(2000): wire.sendto(number.to_bytes(4, 'big'), ('{lab['eve'].ip}', 9))\n"
    )
    with lab.recording() as seen:
        lab["ada"].run("python3", "-c", program)
        seen.waits_for(UDP(dport=9), times=2000)
    numbers = [int.from_bytes(bytes(packet[Raw])[:4], "big") for packet in seen.capture.only(UDP(dport=9))]
    assert numbers == list(range(2000))
    assert lost(seen.capture) == []


def test_a_cable_that_is_pulled_takes_the_carrier_away_and_what_comes_then_reaches_nobody_behind_it(lab):
    pings(lab, "ada", "eve", 1)
    with lab["ada"].unplugged() as cable:
        with lab.recording() as seen:
            assert pings(lab, "eve", "ada", 1) == []
        everybody_left = {"bob", "cid", "gate"}  # the switch has forgotten where ada was
        assert {port.node for frame in seen.capture for port in frame.delivered} == everybody_left
        cable.plug_in()
        assert pings(lab, "eve", "ada", 1) == [1]


def test_arp_is_inspected_behind_a_delay_as_well(lab):
    with lab.inspecting_arp("lan"):
        assert pings(lab, "ada", "eve", 1) == [1]


def test_where_nobody_speaks_there_is_silence(lab):
    pings(lab, "ada", "bob", 1)
    with lab.recording() as seen:
        lab["eve"].run("sleep", "3")
    assert [str(frame) for frame in seen.capture] == []


def processor_time(lab):
    """Return the clock ticks that the switch's own programs have used so far, proc(5)."""
    stats = lab._engine.run(lab.instance.switch, ["sh", "-c", "cat /proc/[0-9]*/stat"]).stdout.splitlines()
    words = {stat.split("(")[1].partition(")")[0]: stat.rpartition(")")[2].split() for stat in stats}
    return sum(int(words[name][at]) for name in words.keys() - {"cat", "sh", "tap"} for at in (11, 12))


def test_where_nobody_speaks_nothing_is_at_work(lab):
    pings(lab, "ada", "bob", 1)
    before = processor_time(lab)
    lab["eve"].run("sleep", "2")
    assert processor_time(lab) - before <= 1

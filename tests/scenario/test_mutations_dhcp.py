"""For each proof of the DHCP story there is one lie in its recorded evidence that turns it red.

A lab in which a client or a server speaks wrongly could not tell the story to its end; so the frames are made to lie.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether

from lab.scenario import find
from tests.scenario.lying import claimed, lied, proofs_of, turned_red

SCENARIOS = Path(__file__).parents[2] / "scenarios"
STORY = find("dhcp", SCENARIOS)
DISCOVER, OFFER, REQUEST, ACK, RELEASE = 1, 2, 3, 5, 7


def kind(packet):
    """What a message is, by its option 53."""
    return next((one[1] for one in packet[DHCP].options if one[0] == "message-type"), 0)


def without(packet, name):
    return [one for one in packet[DHCP].options if one[0] != name]


def with_option(packet, name, value):
    """Put an option behind the message's type, where it takes the place of one of its name."""
    options = without(packet, name)
    packet[DHCP].options = [options[0], (name, value), *options[1:]]


def one_number_each(act, frame, packet):
    """A request has another number than the offer."""
    if kind(packet) == REQUEST and act in ("leased", "relayed"):
        packet[BOOTP].xid += 1
    return frame


def asked_from_an_address(act, frame, packet):
    """Clients without an address write one on their packets."""
    if packet[IP].src == "0.0.0.0":
        packet[IP].src = "192.168.1.77"
    return frame


def answered_aloud(act, frame, packet):
    """Answers are for everybody."""
    if packet[BOOTP].op == 2:
        packet[Ether].dst = "ff:ff:ff:ff:ff:ff"
    return frame


def another_mask(act, frame, packet):
    """Offers say another mask."""
    if kind(packet) == OFFER:
        with_option(packet, "subnet_mask", "255.255.0.0")
    return frame


def another_time(act, frame, packet):
    """What is confirmed is lent for an hour."""
    if kind(packet) == ACK:
        with_option(packet, "lease_time", 3600)
    return frame


def another_address(act, frame, packet):
    """What is confirmed is another address than the offered one."""
    if kind(packet) == ACK and packet[BOOTP].ciaddr == "0.0.0.0":
        packet[BOOTP].yiaddr = "192.168.9.9"
    return frame


def silence_about_the_server(act, frame, packet):
    """Requests and releases do not say whose offer they are about."""
    if kind(packet) in (REQUEST, RELEASE):
        packet[DHCP].options = without(packet, "server_id")
    return frame


def wishes(act, frame, packet):
    """Clients say which address they would like."""
    if kind(packet) in (DISCOVER, REQUEST) and act in ("renewed", "reserved"):
        with_option(packet, "requested_addr", "192.168.1.99")
    return frame


def an_offer_to_somebody(act, frame, packet):
    """Somebody is offered an address when none is left."""
    if kind(packet) == ACK and act == "exhausted":
        with_option(packet, "message-type", "offer")
        packet[DHCP].options = [("message-type", "offer"), *without(packet, "message-type")]
    return frame


def an_answer_to_the_release(act, frame, packet):
    """A release is confirmed."""
    if kind(packet) == RELEASE:
        packet[BOOTP].op = 2
    return frame


def anonymous_relay(act, frame, packet):
    """What is relayed does not say by whom."""
    packet[BOOTP].giaddr = "0.0.0.0"
    return frame


def uncounted_hop(act, frame, packet):
    """The relay does not count itself."""
    packet[BOOTP].hops = 0
    return frame


def one_step_too_many(act, frame, packet):
    """The router passes a packet on without taking one off its time to live."""
    if packet[IP].ttl == 63:
        packet[IP].ttl = 64
    return frame


LIES_IN_FRAMES = (
    one_number_each,
    asked_from_an_address,
    answered_aloud,
    another_mask,
    another_time,
    another_address,
    silence_about_the_server,
    wishes,
    an_offer_to_somebody,
    an_answer_to_the_release,
    anonymous_relay,
    uncounted_hop,
    one_step_too_many,
)
LIES_IN_FACTS = {
    "without": "",
    "addresses": {"finn": "192.168.1.9/24", "cleo": "192.168.1.9/24", "gwen": "192.168.2.9/24"},
    "visitor_says": "udhcpc: lease obtained\n",
    "server_says": "",
    "file_leased": "",
    "file_released": "",
    "file_relayed": "",
}


@pytest.fixture
def copied(tmp_path):
    return Path(shutil.copytree(STORY.recorded, tmp_path / "run"))


@pytest.fixture(scope="module")
def reds():
    """What turned red so far, by lie."""
    return {}


def about_dhcp(lie):
    return lambda act, frame, packet: lie(act, frame, packet) if packet.haslayer(DHCP) else frame


@pytest.mark.parametrize("lie", LIES_IN_FRAMES, ids=lambda lie: lie.__name__)
def test_a_lie_in_the_frames_is_found_out(copied, reds, lie):
    lied(copied, about_dhcp(lie))
    reds[lie.__name__] = turned_red(STORY, copied)
    assert reds[lie.__name__]


@pytest.mark.parametrize("fact", LIES_IN_FACTS)
def test_a_lie_in_what_was_seen_inside_the_nodes_is_found_out(copied, reds, fact):
    claimed(copied, fact, LIES_IN_FACTS[fact])
    reds[fact] = turned_red(STORY, copied)
    assert reds[fact]


def test_who_heard_what_is_found_out(copied, reds):
    lied(copied, lambda act, frame, packet: replace(frame, delivered=frame.delivered[:1]))
    reds["deaf"] = turned_red(STORY, copied)
    assert reds["deaf"]


def test_every_proof_turns_red_by_one_of_them(reds):
    if len(reds) < len(LIES_IN_FRAMES) + len(LIES_IN_FACTS) + 1:
        pytest.skip("not all lies were told in this session")
    assert proofs_of(STORY) - set.union(*reds.values()) == set()


def test_the_truth_turns_nothing_red(copied):
    assert turned_red(STORY, copied) == set()

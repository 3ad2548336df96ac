"""For proofs of the office's stories, a lie in the recorded evidence that turns them red.

A lab that sends what these proofs are against, such as a header of a wrong length, cannot be had of a real system.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from lab.capture import load_acts, save_acts
from lab.scenario import find
from tests.scenario.lying import (
    another_text,
    facts,
    frames,
    nothing,
    otherwise,
    proofs_of,
    red_by,
    stays,
)

SCENARIOS = Path(__file__).parents[2] / "scenarios"
BEACON, SSDP, WEB, IRC = 2190, 1900, 80, 6667


def said_otherwise(name, port, old, new, acts=()):
    """Have what is sent to a port be something else."""

    def change(act, frame, packet):
        layer = next((packet[one] for one in (UDP, TCP) if one in packet), None)
        if layer is not None and Raw in packet and layer.dport == port and (not acts or act in acts):
            packet[Raw].load = packet[Raw].load.replace(old, new)
        return frame

    change.__name__ = name
    return frames(change)


def goes_to(packet, port):
    """Tell whether a packet is a datagram for a port."""
    return UDP in packet and packet[UDP].dport == port


# Layers


def shorter(pieces):
    return [*pieces[:-1], {**pieces[-1], "end": pieces[-1]["end"] - 1}]


def upside_down(pieces):
    return pieces[::-1]


def another_port(act, frame, packet):
    """The page is asked for at another port."""
    if TCP in packet and packet[TCP].dport == WEB:
        packet[TCP].dport = 81
    return frame


def the_router_hides(act, frame, packet):
    """What the router sends carries another MAC."""
    if frame.port.network == "servers" and packet[Ether].src == frame.port.mac:
        packet[Ether].src = "02:00:00:00:00:01"
    return frame


def two_steps(act, frame, packet):
    """The router counts twice."""
    if frame.port.node == "router" and frame.port.network == "servers" and IP in packet:
        packet[IP].ttl -= 1
    return frame


def rewritten(act, frame, packet):
    """The router changes what is said."""
    if frame.port.node == "router" and Raw in packet:
        packet[Raw].load = packet[Raw].load.replace(b"curl", b"wget")
    return frame


def miscounted(act, frame, packet):
    """The checksums of IP are those of the wire before."""
    if frame.port.node == "router" and frame.port.network == "servers" and IP in packet:
        wrong = bytes([frame.data[24] ^ 1])
        return replace(frame, data=frame.data[:24] + wrong + frame.data[25:])
    return frame


# Lonely TiVos


def to_bob_alone(act, frame, packet):
    """The beacon is for one."""
    if goes_to(packet, BEACON):
        packet[Ether].dst = "02:f0:42:11:e1:68"
    return frame


def on_both_networks(act, frame, packet):
    """Some calls are seen among the servers."""
    if goes_to(packet, SSDP):
        return replace(frame, port=replace(frame.port, network="servers"))
    return frame


def everybody_is_the_group(act, frame, packet):
    """The group has no MAC of its own."""
    if goes_to(packet, SSDP):
        packet[Ether].dst = "ff:ff:ff:ff:ff:ff"
    return frame


def four_routers_far(act, frame, packet):
    """Calls go further."""
    if goes_to(packet, SSDP):
        packet[IP].ttl = 4
    return frame


def somebody_answers(act, frame, packet):
    """The search goes to the box itself."""
    if goes_to(packet, SSDP) and packet[Raw].load.startswith(b"M-SEARCH"):
        packet[IP].dst = "10.20.1.30"
    return frame


# Errors


def never_quite_all(act, frame, packet):
    """Alice confirms three bytes less than she has."""
    if act == "whole" and frame.port.node == "alice" and TCP in packet and packet[TCP].ack:
        packet[TCP].ack -= 3
    return frame


# IRC


def in_one_go(act, frame, packet):
    """Alice's lines push nothing."""
    if act == "entered" and frame.port.node == "alice" and TCP in packet:
        packet[TCP].flags = str(packet[TCP].flags).replace("P", "")
    return frame


def straight(act, frame, packet):
    """What Bob says goes to Alice."""
    if act == "talked" and frame.port.node == "bob" and Raw in packet and packet[Raw].load.startswith(b"PRIVMSG"):
        packet[IP].dst = "10.20.1.11"
    return frame


# RFC download


def without_a_question(act, frame, packet):
    """Nobody asks for the name before urllib connects."""
    return None if act == "urllib" and UDP in packet else frame


def a_slip_is_sent(folder):
    """What was sent for the missing number was sent when the fingers slipped."""
    file = folder / "capture.pcapng"
    acts = load_acts(file)
    save_acts(file, {**acts, "misspelt": replace(acts["missing"], frames=acts["missing"].frames[-1:])}, "office")


def others(texts):
    return [f"{text}!" for text in texts]


def zeros(codes):
    return [0 for _ in codes]


def silent(text):
    return text.replace("cake", "none").replace("001", "002").replace("ERROR", "MIRROR")


LIES = {
    "layers": {
        nothing: set(),
        facts("request", upside_down): {
            "both frames are made of the four layers",
            "each header is as long as it says itself",
            "the pieces add up to the frame without a gap",
        },
        facts("request", shorter): {
            "each header is as long as it says itself",
            "the pieces add up to the frame without a gap",
        },
        facts("question", shorter): {
            "the header of udp is always eight bytes and says how much it carries",
            "the pieces add up to the frame without a gap",
        },
        frames(another_port): {
            "each header is as long as it says itself",
            "each layer says what it carries",
            "of ip only the time to live and its checksum change",
            "on the next wire ethernet is made anew",
            "the checksum of each ip header is right",
            "the innermost bytes are what the browser says",
            "the pieces add up to the frame without a gap",
            "the two layers within arrive as they were sent",
        },
        frames(the_router_hides): {
            "on the next wire ethernet is made anew",
        },
        frames(two_steps): {
            "of ip only the time to live and its checksum change",
        },
        frames(rewritten): {
            "the two layers within arrive as they were sent",
        },
        frames(miscounted): {
            "the checksum of each ip header is right",
        },
        said_otherwise("another_page", WEB, b"GET /", b"PUT /"): {
            "the innermost bytes are what the browser says",
        },
    },
    "lonely-tivos": {
        nothing: set(),
        frames(to_bob_alone): {
            "one beacon goes to everybody on this wire",
        },
        frames(on_both_networks): {
            "no router passes it on",
        },
        frames(everybody_is_the_group): {
            "the group has an address and a mac of its own",
        },
        frames(four_routers_far): {
            "such a packet goes two routers far at most",
        },
        frames(somebody_answers): {
            "nobody answers",
            "the group has an address and a mac of its own",
        },
        said_otherwise("another_room", BEACON, b"Meeting", b"Dining "): {
            "eve reads the beacon that was not for her",
            "the beacon says which box it is and where to ask",
        },
        said_otherwise("another_room_later", BEACON, b"Meeting", b"Dining ", acts=("overheard",)): {
            "eve reads the beacon that was not for her",
            "the box says the same each time",
        },
        said_otherwise("another_question", SSDP, b"M-SEARCH", b"N-SEARCH"): {
            "the group hears three notices and one search",
        },
        said_otherwise("another_host", SSDP, b"HOST: 239", b"HOST: 238"): {
            "each message names the group as its host",
        },
        said_otherwise("it_goes", SSDP, b"ssdp:alive", b"ssdp:byeby"): {
            "the notices say that a device is there and which one",
        },
        said_otherwise("another_place", SSDP, b"description.xml", b"nothing_at_all."): {
            "they say where more is to be read and how long that holds",
        },
        said_otherwise("more_time", SSDP, b"MX: 1", b"MX: 9"): {
            "the search says how it wants to be answered",
        },
        said_otherwise("another_box", SSDP, b"uuid:7", b"uuid:8"): {
            "the description is of the box that gave notice",
        },
        facts("eve_read", another_text): {
            "eve reads the beacon that was not for her",
        },
        facts("description", another_text): {
            "alice is told what the box is",
        },
    },
    "errors": {
        nothing: set(),
        frames(never_quite_all): {"alice says up to which byte she has all"},
        stays("the_server_stays", WEB, act="last"): {
            "the server has hung up before",
        },
    },
    "rfc-download": {
        nothing: set(),
        frames(without_a_question): {
            "each program asks for the name before it connects",
        },
        stays("the_server_never_hangs_up", WEB): {
            "the server hangs up first unless it was asked to stay",
        },
        a_slip_is_sent: {
            "a wrong argument costs no packet",
        },
        otherwise("another_coffee", b"Hyper Text Coffee", b"Hyper Text Toffee", act="requests"): {
            "three times the same text crosses the wire",
        },
        otherwise("another_path", b"/rfc/rfc2324", b"/rfc/rfc2325", act="socket"): {
            "all ask for the same path at the same host",
            "with a socket nothing is said that was not typed",
        },
        otherwise("by_another_version", b"HTTP/1.0", b"HTTP/1.1", act="socket"): {
            "with a socket nothing is said that was not typed",
        },
        otherwise("compressed", b"identity", b"gzip    ", act="urllib"): {
            "urllib takes the text as it is and lets the server hang up",
        },
        otherwise("not_compressed", b"gzip, deflate", b"identity     ", act="requests"): {
            "requests would take it compressed and keep the line",
        },
        otherwise("another_number", b"rfc9999", b"rfc9998"): {
            "a number that there is not is asked for three times",
        },
        otherwise("found", b"404 Not", b"200 Not"): {
            "the server says 404 each time",
        },
        facts("digests", others): {
            "three files hold that text",
        },
        facts("printed", others): {
            "each program says how long the text is",
        },
        facts("refused", upside_down): {
            "each program says that there is none",
            "the program says what it wants",
        },
        facts("exit_codes", zeros): {
            "each program says that there is none",
            "the program says what it wants",
        },
    },
    "irc": {
        nothing: set(),
        otherwise("another_word", b"django4life", b"django4love", act="entered"): {
            "bobs program says the same words as alice",
            "the password can be read on both wires",
            "the password is the first thing that is said",
            "under tls the password can be read nowhere",
            "with the keys the same words appear",
        },
        otherwise("another_nick", b"NICK alice", b"NICK alicf", act="entered"): {
            "then come a name and who it is",
            "with the keys the same words appear",
        },
        otherwise("another_person", b":Alice", b":Alicf", act="entered"): {
            "then come a name and who it is",
            "with the keys the same words appear",
        },
        otherwise("another_guess", b"letmein", b"letmeon"): {
            "a wrong password gets one line",
        },
        otherwise("no_welcome", b" 001 alice", b" 002 alice"): {
            "the server welcomes alice by her name",
        },
        otherwise("nobody_there", b"= #kitchen :@alice", b"= #kitchen :@alicf"): {
            "in the room she is told who is there",
        },
        frames(in_one_go): {
            "each line is a packet of its own",
        },
        frames(straight): {
            "bob hears nothing of his own words",
            "bobs program says the same words as alice",
            "no packet goes from one to the other",
            "what bob says goes to the server",
        },
        otherwise("another_cake", b"cake", b"cafe", sender="bob"): {
            "what bob says goes to the server",
        },
        otherwise(
            "another_cake_by_the_server",
            b"office PRIVMSG #kitchen :There is cake",
            b"office PRIVMSG #kitchen :There is cafe",
        ): {
            "the server tells alice who said what",
        },
        otherwise("an_echo", b"NOTICE bob :Conn", b"PRIVMSG bob:Conn", act="talked"): {
            "bob hears nothing of his own words",
        },
        otherwise("another_answer", b"Bad password", b"Bad passport"): {
            "a wrong password gets one line",
        },
        stays("the_server_waits", IRC, act="refused"): {
            "then the server hangs up first",
        },
        otherwise("another_name", b"chat.office.example", b"chap.office.example", act="ciphered"): {
            "the name of the server is said aloud",
        },
        otherwise("in_the_clear", b"\x17\x03\x03", b"NIC", act="ciphered"): {
            "neither can anything else that was said",
            "with the keys the same words appear",
        },
        facts("alice_read", silent): {
            "both read it",
        },
        facts("bob_read", silent): {
            "both read it",
        },
        facts("eve_read", silent): {
            "a wrong password gets one line",
        },
        facts("under_tls", silent): {
            "alice is welcomed as before",
        },
    },
}
"""For each story the lies, and the proofs that each turns red."""

EACH = [(story, lie) for story, lies in LIES.items() for lie in lies]


@pytest.mark.parametrize(("story", "lie"), EACH, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_the_right_proofs_turn_red(tmp_path, story, lie):
    assert red_by(lie, find(story, SCENARIOS), tmp_path) == LIES[story][lie]


@pytest.mark.parametrize("story", ["layers", "lonely-tivos", "irc", "rfc-download"])
def test_every_proof_turns_red_in_one_of_them(story):
    assert proofs_of(find(story, SCENARIOS)) == set.union(*LIES[story].values())

"""UDP and TCP: the same five messages over a wire that loses one, and over one that mixes them up."""

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from scapy.layers.inet import IP, TCP, UDP
from scapy.packet import Raw

from lab.capture import Capture
from lab.dialogue import Dialogue
from lab.impairments import Chosen, Protocol
from lab.recorder import Recording
from lab.running import Lab, RunningNode
from lab.scenario import Evidence, scenario

PORT = 5000
MESSAGES = ("one\n", "two\n", "three\n", "four\n", "five\n")
LOST = 2
"""Which message is lost; by those behind it TCP learns that it is missing, and UDP has nobody who would learn it."""
WORDS = f"words = {[message.encode() for message in MESSAGES]}"
LATE, TWICE = 3, 2
"""Which message is passed by the next one, and which comes twice."""
FULL = 1448
"""Bytes of a segment on Ethernet: 1,500 less 20 for IP, 20 for TCP and 12 for a time stamp (RFC 7323, section 3.2)."""
FILLED = f"words = [word.ljust({FULL}, b'.') for word in words]"


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what the program at the other end had read at its end."""

    cards: Capture
    call: Capture
    far_cards: Capture
    far_call: Capture
    by_udp: tuple[str, ...]
    by_tcp: str
    far_by_udp: tuple[str, ...]
    far_by_tcp: tuple[str, ...]


@scenario("udp-vs-tcp", topology="office", shows=f"udp.port == {PORT} || tcp.port == {PORT}")
def udp_vs_tcp(lab: Lab) -> Seen:
    """Tell it in four acts: five cards and one call with five sentences to Bob, who is near, and to Nemo at sea."""
    cards, call, by_udp, by_tcp = to_bob(lab)
    far_cards, far_call, far_by_udp, far_by_tcp = to_nemo(lab)
    return Seen(lab.plan, cards, call, far_cards, far_call, by_udp, by_tcp, far_by_udp, far_by_tcp)


def to_bob(lab: Lab) -> tuple[Capture, Capture, tuple[str, ...], str]:
    """Tell the first two acts, on a wire that loses one; return the frames of both, and what Bob's program had read."""
    alice, bob = lab["alice"], lab["bob"]
    lost = f"The switch loses number {LOST}."

    with alice.dialogue("by-line") as hers, bob.dialogue("by-line") as his:
        for python in (hers, his):
            does(python, "from socket import *")
        does(hers, WORDS)

        with (
            lab.act(
                f"Alice sends Bob five cards by UDP. {lost}",
                "What will Bob read, and will Alice notice?",
                "Four of five, and neither of them knows. Nobody has counted, and nobody has answered.",
            ) as cards,
            lab.losing(Chosen("alice", "udp", dport=PORT, nth=LOST)),
        ):
            does(his, "box = socket(type=SOCK_DGRAM)", f'box.bind(("", {PORT}))', "box.setblocking(False)")
            sends_cards(hers, bob)
            cards.waits_for(IP(dst=bob.ip) / UDP(dport=PORT), len(MESSAGES))
            by_udp = ast.literal_eval(does(his, f"[box.recv(64) for _ in range({len(MESSAGES) - 1})]"))
            nothing_more = does(his, "box.recv(64)")

        with (
            lab.act(
                f"Now she calls him by TCP, and says the same five. {lost}",
                "Three packets go by before the first word. What has Alice got for them?",
                "Numbers. Bob says up to which byte he has all, and what he has beyond it; Alice sends the missing one "
                "again, and Bob's program reads five in their order. It never learns that something was lost.",
            ) as call,
            lab.losing(Chosen("alice", "tcp", dport=PORT, data=True, nth=LOST)),
        ):
            listens(his)
            calls(hers, bob)
            for number in range(len(MESSAGES)):
                does(hers, f"phone.send(words[{number}])")
            does(his, "guest, address = door.accept()")
            whole = sum(map(len, MESSAGES))
            by_tcp = ast.literal_eval(does(his, f"guest.recv({whole}, MSG_WAITALL)"))
            hangs_up(hers, his, bob, call, alice)

    return cards.capture, call.capture, (*texts(by_udp), nothing_more.partition(":")[0]), by_tcp.decode()


def to_nemo(lab: Lab) -> tuple[Capture, Capture, tuple[str, ...], tuple[str, ...]]:
    """Tell the other two, on a way that mixes them up; return the frames of both, and what Nemo's program had read."""
    alice, nemo = lab["alice"], lab["nemo"]
    mixed = f"On the way number {LATE} is passed by the next one, and number {TWICE} comes twice."
    with alice.dialogue("by-line") as hers, nemo.dialogue("by-line") as nemos:
        for python in (hers, nemos):
            does(python, "from socket import *")
        does(hers, WORDS, FILLED)

        with (
            lab.act(
                f"Five cards to Nemo, whose ship is at the other end of a satellite. {mixed}",
                "Each card fills a packet. What does Nemo's program read?",
                "What came, as it came: six cards, in a wrong order. IP promises neither order nor number, and UDP "
                "adds nothing to that (RFC 768).",
            ) as far_cards,
            mixing_up(lab, "udp"),
        ):
            does(nemos, "box = socket(type=SOCK_DGRAM)", f'box.bind(("", {PORT}))')
            sends_cards(hers, nemo)
            came = does(nemos, f"[box.recv(2000).rstrip(b'.') for _ in range({len(MESSAGES) + 1})]")
            far_by_udp = ast.literal_eval(came)

        with (
            lab.act(
                f"And she calls him, with all five in one breath. {mixed}",
                "Bob missed one, and Alice sent it again. Nemo misses one for a moment. Is anything sent again now?",
                "No. Nemo says what he has beyond the gap, and before Alice gives up on number "
                f"{LATE} it is there. Of what comes twice he says that he had it (RFC 2883), and keeps it once.",
            ) as far_call,
            mixing_up(lab, "tcp", data=True),
        ):
            listens(nemos)
            calls(hers, nemo)
            does(hers, "phone.send(b''.join(words))")
            # His program stays away until all has come: what comes while it holds the socket is acknowledged together.
            far_call.waits_for(IP(dst=nemo.ip) / TCP(dport=PORT) / Raw(), 3 * len(MESSAGES) + 1)
            does(nemos, "guest, address = door.accept()")
            does(nemos, f"text = guest.recv({FULL * len(MESSAGES)}, MSG_WAITALL)")
            read = does(nemos, f"[text[at:at + {FULL}].rstrip(b'.') for at in range(0, len(text), {FULL})]")
            far_by_tcp = ast.literal_eval(read)
            hangs_up(hers, nemos, nemo, far_call, alice)

    return far_cards.capture, far_call.capture, texts(far_by_udp), texts(far_by_tcp)


@contextmanager
def mixing_up(lab: Lab, protocol: Protocol, data: bool | None = None) -> Iterator[None]:
    """Have the way to the ship mix up what goes to the port."""
    at_the_ship = Chosen("ship", protocol, on="sky", received=True, dport=PORT, data=data)
    with lab.reordering(replace(at_the_ship, nth=LATE)), lab.duplicating(replace(at_the_ship, nth=TWICE)):
        yield


def sends_cards(python: Dialogue, to: RunningNode) -> None:
    """Send each word by UDP."""
    does(python, "pen = socket(type=SOCK_DGRAM)", f'[pen.sendto(word, ("{to.ip}", {PORT})) for word in words]')


def listens(python: Dialogue) -> None:
    """Wait for who calls."""
    does(python, "door = socket()", f'door.bind(("", {PORT}))', "door.listen()")


def calls(python: Dialogue, whom: RunningNode) -> None:
    """Open a connection whose words do not wait for each other."""
    does(python, "phone = socket()", f'phone.connect(("{whom.ip}", {PORT}))')
    does(python, "phone.setsockopt(IPPROTO_TCP, TCP_NODELAY, True)")


def hangs_up(hers: Dialogue, theirs: Dialogue, them: RunningNode, call: Recording, alice: RunningNode) -> None:
    """End a connection from Alice's side, and wait until the other one knows that she knows."""
    does(hers, "phone.close()")
    does(theirs, "guest.recv(1)", "guest.close()")
    call.waits_for(IP(dst=alice.ip) / TCP(sport=PORT, flags="FA"))
    them.waits_until_silent("ss", "-Htn", f"sport = :{PORT}")


def texts(messages: Iterable[bytes]) -> tuple[str, ...]:
    """Return what a program had read, as text."""
    return tuple(message.decode() for message in messages)


def does(python: Dialogue, *lines: str) -> str:
    """Type lines, each of which is answered by one, and return what came of the last one."""
    for line in lines:
        python.types(line)
        python.hears_next("\n")
    return python.said.splitlines()[-1]

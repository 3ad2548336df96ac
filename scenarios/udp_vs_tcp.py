"""UDP and TCP: the same five messages over a wire that loses one of them."""

import ast
from dataclasses import dataclass

from scapy.layers.inet import IP, TCP, UDP

from lab.capture import Capture
from lab.dialogue import Dialogue
from lab.impairments import Doomed
from lab.running import Lab
from lab.scenario import Evidence, scenario

PORT = 5000
MESSAGES = ("one\n", "two\n", "three\n", "four\n", "five\n")
LOST = 2
"""Which message is lost; by those behind it TCP learns that it is missing, and UDP has nobody who would learn it."""
WORDS = f"words = {[message.encode() for message in MESSAGES]}"


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wire in each act, and what Bob's program had read at its end."""

    cards: Capture
    call: Capture
    by_udp: tuple[str, ...]
    by_tcp: str


@scenario("udp-vs-tcp", topology="office", shows=f"udp.port == {PORT} || tcp.port == {PORT}")
def udp_vs_tcp(lab: Lab) -> Seen:
    """Tell it in two acts: five cards, and one call with five sentences."""
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
            lab.losing(Doomed("alice", "udp", dport=PORT, nth=LOST)),
        ):
            does(his, "box = socket(type=SOCK_DGRAM)", f'box.bind(("", {PORT}))', "box.setblocking(False)")
            does(hers, "pen = socket(type=SOCK_DGRAM)", f'[pen.sendto(word, ("{bob.ip}", {PORT})) for word in words]')
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
            lab.losing(Doomed("alice", "tcp", dport=PORT, data=True, nth=LOST)),
        ):
            does(his, "door = socket()", f'door.bind(("", {PORT}))', "door.listen()")
            does(hers, "phone = socket()", f'phone.connect(("{bob.ip}", {PORT}))')
            does(hers, "phone.setsockopt(IPPROTO_TCP, TCP_NODELAY, True)")
            for number in range(len(MESSAGES)):
                does(hers, f"phone.send(words[{number}])")
            does(his, "guest, address = door.accept()")
            whole = sum(map(len, MESSAGES))
            by_tcp = ast.literal_eval(does(his, f"guest.recv({whole}, MSG_WAITALL)"))
            does(hers, "phone.close()")
            does(his, "guest.recv(1)", "guest.close()")
            call.waits_for(IP(dst=alice.ip) / TCP(sport=PORT, flags="FA"))
            bob.waits_until_silent("ss", "-Htn", f"sport = :{PORT}")

    read = (*(card.decode() for card in by_udp), nothing_more.partition(":")[0])
    return Seen(lab.plan, cards.capture, call.capture, read, by_tcp.decode())


def does(python: Dialogue, *lines: str) -> str:
    """Type lines, each of which is answered by one, and return what came of the last one."""
    for line in lines:
        python.types(line)
        python.hears_next("\n")
    return python.said.splitlines()[-1]

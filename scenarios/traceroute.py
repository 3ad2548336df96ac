"""Traceroute: packets that may not go far make the routers on the way say who they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab, RunningNode
from lab.scenario import Evidence, Svg, scenario
from lab.tracing import drawing

NAME = "python.org"

SCAPY = (
    "from scapy.all import *",
    f'res, lost = traceroute("{NAME}", maxttl=6, sport=IncrementalValue(50000), verbose=False)',
    "res.show()",
)
"""What is typed at Python's prompt. The probe with TTL n leaves from port 50000 + n: no two ask for one connection."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what the programs printed, and the map of the way."""

    one_hop: Capture
    by_scapy: Capture
    by_the_system: Capture
    one_hop_printed: str
    scapy_printed: str
    system_printed: str
    graph: Svg


@scenario("traceroute", topology="home-lan", shows="icmp.type == 11 || icmp.type == 3 || tcp.flags.syn == 1")
def traceroute(lab: Lab) -> Seen:
    """Tell it in three acts: one probe that dies at once, scapy's probes that go further and further, the system's."""
    victim = lab["victim"]

    with lab.act(
        "Each packet carries a number, its time to live. The victim sends one whose number is 1.",
        "Each router takes one off that number before it passes a packet on. What does the first router do with a 1?",
        "Nothing is left, so it throws the packet away and tells the sender: time exceeded. Its answer carries its own "
        "address, and that is the whole trick: who complains has given itself away.",
    ) as one_hop:
        one_hop_printed = victim.types("traceroute", "-n", "-q", "1", "-m", "1", NAME)

    with lab.act(
        f"scapy asks for {NAME} and sends six packets there at once, with 1, 2, 3 and so on up to 6.",
        f"There are two routers on the way to {NAME}. Who answers the packets that are allowed three steps and more?",
        f"{NAME} itself. The packets ask to open a connection, so it agrees (SA in the table is SYN and ACK), and the "
        "victim's kernel, which knows of no such connection, hangs up. What is allowed more steps needs only three.",
    ) as by_scapy:
        scapy_printed = _at_pythons_prompt(victim.as_root, SCAPY)
    graph = drawing(by_scapy.capture, lab.plan, "victim")
    lab.shows("", "The way is drawn in graph.svg, beside the capture.")

    with lab.act(
        "The system has such a program of its own. It sends other packets, one after another, and finds the same way.",
        "Its packets are UDP, and go to a port where nobody listens. How does it know that it has arrived?",
        "By another complaint: port unreachable. It comes from the goal itself; there is no router left to complain.",
    ) as by_the_system:
        system_printed = victim.types("traceroute", "-n", "-q", "1", "-N", "1", NAME)

    return Seen(
        lab.plan,
        one_hop.capture,
        by_scapy.capture,
        by_the_system.capture,
        one_hop_printed,
        scapy_printed,
        system_printed,
        graph,
    )


def _at_pythons_prompt(node: RunningNode, lines: Sequence[str]) -> str:
    """Type lines of Python, and return what they print. Root may send packets of any kind, others may not."""
    with node.dialogue("python3", "-i", "-q") as python:
        for line in lines:
            python.types(line)
    return python.said

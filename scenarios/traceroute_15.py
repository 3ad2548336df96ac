"""Traceroute over the Internet: fifteen routers and computers on the way to Amsterdam say who they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab, RunningNode
from lab.scenario import Evidence, Svg, scenario
from lab.tracing import drawing

NAME = "python.org"
ONE_BY_ONE = ("-q", "1", "-N", "1")
"""One packet for each step, and the next one only when the last was answered."""

SCAPY = (
    "from scapy.all import *",
    f'res, lost = traceroute("{NAME}", maxttl=16, sport=IncrementalValue(50000), verbose=False)',
    "res.show()",
)
"""What is typed at Python's prompt. The probe with TTL n leaves from port 50000 + n: no two ask for one connection."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what the programs printed, and the map of the way."""

    by_scapy: Capture
    with_names: Capture
    by_echo: Capture
    by_tcp: Capture
    scapy_printed: str
    names_printed: str
    echo_printed: str
    tcp_printed: str
    traceroute: Svg


@scenario("traceroute-15", topology="internet", shows="icmp.type == 11 || icmp.type == 3 || dns.qry.type == 12")
def traceroute_15(lab: Lab) -> Seen:
    """Tell it in four acts: scapy's probes, the system's with everybody's name, and two kinds of packets more."""
    laptop, web = lab["laptop"], lab["web"]

    with lab.act(
        f"The laptop is in Cambridge, Massachusetts. scapy sends sixteen packets towards {NAME}, which may go 1 to 16 "
        "steps.",
        f"How many steps is it to {NAME}?",
        "Fifteen. Fourteen routers threw a packet away and said so; 11 in the table is the number of their complaint, "
        "time exceeded. What was allowed fifteen steps or more arrived: SA is the answer of the web server.",
    ) as by_scapy:
        scapy_printed = _at_pythons_prompt(laptop.as_root, SCAPY)
    traceroute = drawing(by_scapy.capture, lab.plan, "laptop")
    lab.shows("", "The way is drawn in traceroute.svg, beside the capture: one box for each provider.")

    _forget_names(lab)
    with lab.act(
        "The system's traceroute finds the same way, and asks for the name of each address that it meets.",
        "An address says little. Who knows what a router in London is called?",
        "Whoever runs it. Names of addresses are asked for like other names, only backwards: 6.20.18.198.in-addr.arpa. "
        "The resolver asks the root, and is sent to the provider. One router has no name, so its address is printed.",
    ) as with_names:
        names_printed = laptop.types("traceroute", *ONE_BY_ONE, NAME)

    with lab.act(
        "The same with pings: packets of another kind, the same fifteen steps.",
        "Who asks for names here?",
        "Nobody: the address is known by now, and -n wants no names. So nothing is on the wires but the packets that "
        "count.",
    ) as by_echo:
        echo_printed = laptop.as_root.types("traceroute", "-n", "-I", *ONE_BY_ONE, web.ip)

    with lab.act(
        "And with packets that ask for a connection to the web server, as scapy sent them.",
        "Some networks let no pings pass, and no UDP. Why would they let these pass?",
        "They look like the beginning of a visit to a web site, and those are wanted. A router counts steps in all "
        "alike.",
    ) as by_tcp:
        tcp_printed = laptop.as_root.types("traceroute", "-n", "-T", *ONE_BY_ONE, web.ip)

    return Seen(
        lab.plan,
        by_scapy.capture,
        with_names.capture,
        by_echo.capture,
        by_tcp.capture,
        scapy_printed,
        names_printed,
        echo_printed,
        tcp_printed,
        traceroute,
    )


def _forget_names(lab: Lab) -> None:
    """Have the resolver ask anew: the name may be remembered for three seconds, which have or have not gone by."""
    lab["resolver"].forgets()


def _at_pythons_prompt(node: RunningNode, lines: Sequence[str]) -> str:
    """Type lines of Python, and return what they print. Root may send packets of any kind, others may not."""
    with node.dialogue("python3", "-i", "-q") as python:
        for line in lines:
            python.types(line)
    return python.said

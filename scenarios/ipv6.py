"""IPv6: a laptop makes its own address, finds its neighbours by groups, and gets one page over two Internets."""

from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME = "python.org"

SPELLINGS = ("2001:0db8:0008:0000:0000:0000:0000:0080", "2001:db8:8:0:0:0:0:80", "2001:db8:8::80")
"""One address, from the longest way to write it to the shortest (RFC 5952)."""

ROUND_TRIP = 'from ipaddress import ip_address as ip; long = ip("{}").exploded; print(long, ip(long), sep="\\n")'


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what the programs printed."""

    switched_on: Capture
    asked_neighbour: Capture
    asked_name: Capture
    visited: Capture
    spelt: Capture
    addresses_printed: str
    ping_printed: str
    dig_printed: str
    getent_printed: str
    page4: str
    page6: str
    spellings_printed: tuple[str, ...]
    round_trip_printed: str
    page_by_address: str


@scenario("ipv6", topology="dual-stack", shows="icmpv6 || dns || http")
def ipv6(lab: Lab) -> Seen:
    """Tell it in five acts: an address is made, a neighbour found, a name asked for, a page fetched, all spelt out."""
    laptop, desk, web = lab["laptop"], lab["desk"].plan, lab["web"].plan

    with (
        lab.act(
            "The laptop is switched on. Nobody has given it an IPv6 address, and no server leases one.",
            "The first half of an address says in which network it is, the other half who has it. Who knows which?",
            "The router knows the network, and tells the laptop that asks. The other half the laptop makes of its MAC. "
            "Before it takes an address it asks whether anybody has it; silence means that it is alone.",
        ) as switched_on,
        laptop.switched_off() as button,
    ):
        button.turns_on()
        laptop.waits_until_ready()
        addresses_printed = laptop.types("ip", "-6", "-brief", "address", "show", "dev", "lan")

    with lab.act(
        "The laptop wants to reach the desk beside it. It knows the address, but not the MAC.",
        "IPv4 would ask everybody on the network, by ARP. Whom does IPv6 wake up?",
        "Only those whose address ends like that of the desk: the question goes to a group that is named after its "
        "last three bytes. The desk is in that group, and mostly nobody else.",
    ) as asked_neighbour:
        ping_printed = laptop.types("ping", "-6", "-n", "-c", "1", desk.ip6)

    with lab.act(
        f"The laptop asks for {NAME} as a program does that speaks IPv6.",
        "A name may have two addresses now. Does an answer about IPv6 come over IPv6?",
        "Not here: the resolver is asked over IPv4, and names an IPv6 address all the same, in an AAAA record. The C "
        "library asks for both kinds, and puts IPv6 first.",
    ) as asked_name:
        dig_printed = laptop.types("dig", "+short", NAME, "AAAA")
        getent_printed = laptop.types("getent", "ahosts", NAME)

    with lab.act(
        "It fetches the same page twice: over IPv4, then over IPv6.",
        "What is different on the wire: the page, the TCP, or only the header around them?",
        "Only the header. The two Internets lie side by side on the same wires, and TCP does not care what carries it.",
    ) as visited:
        page4 = laptop.types("curl", "--silent", "--show-error", "-4", f"http://{NAME}/")
        page6 = laptop.types("curl", "--silent", "--show-error", "-6", f"http://{NAME}/")

    with lab.act(
        "An IPv6 address is sixteen bytes, and there are many ways to write them down.",
        "Are these three addresses, or one?",
        "One: leading zeros may go, and one run of zeros may be '::'. On the wire it is the same sixteen bytes each "
        "time. In a URL it stands in brackets, for its colons would look like a port's.",
    ) as spelt:
        spellings_printed = tuple(laptop.types("ping", "-6", "-n", "-c", "1", address) for address in SPELLINGS)
        round_trip_printed = laptop.types("python3", "-c", ROUND_TRIP.format(SPELLINGS[-1]))
        page_by_address = laptop.types("curl", "--silent", "--show-error", f"http://[{web.ip6}]/")

    return Seen(
        lab.plan,
        switched_on.capture,
        asked_neighbour.capture,
        asked_name.capture,
        visited.capture,
        spelt.capture,
        addresses_printed,
        ping_printed,
        dig_printed,
        getent_printed,
        page4,
        page6,
        spellings_printed,
        round_trip_printed,
        page_by_address,
    )

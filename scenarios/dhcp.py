"""DHCP: a computer without an address asks aloud for one, keeps it, and gives it back; and sometimes none is left."""

from dataclasses import dataclass

from scapy.layers.dhcp import BOOTP, DHCP

from lab.capture import Capture
from lab.kinds.dnsmasq import LEASES
from lab.running import Lab, RunningNode
from lab.scenario import Evidence, scenario

VISITOR = ("udhcpc", "-f", "-n", "-i", "ground", "-s", "/bin/true", "-x", "hostname:visitor", "-t", "2", "-T", "1")
"""The client of the visitor: it asks twice, once a second, and gives up (-n)."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what clients said, and what the server has written down.

    ``addresses`` are those that the computers have by ``ip addr`` when they have asked.
    """

    leased: Capture
    renewed: Capture
    exhausted: Capture
    released: Capture
    reserved: Capture
    relayed: Capture
    addresses: dict[str, str]
    without: str
    visitor_says: str
    server_says: str
    file_leased: str
    file_released: str
    file_relayed: str


@scenario("dhcp", topology="two-floors", shows="dhcp || icmp")
def dhcp(lab: Lab) -> Seen:
    """Tell it in six acts: asked for, renewed, none left, given back; always the same one; and one floor up."""
    router, server, ann, cleo, finn, gwen = (lab[name] for name in ("router", "dhcp", "ann", "cleo", "finn", "gwen"))
    gateway = router.on("ground").ip
    addresses: dict[str, str] = {}

    with finn.asks_by_hand() as client:
        with lab.act(
            "Finn's computer was just switched on. It has no address, and does not know who could give it one.",
            "On a packet stand two addresses: whose it is, and whom it is for. What can stand on Finn's first one?",
            "0.0.0.0 to 255.255.255.255: from somebody, to everybody here. The server offers an address, Finn asks for "
            "it, aloud again, so that other servers hear that he takes it, and the server says yes. A number that Finn "
            "has drawn tells him which words are for him.",
        ) as leased:
            without = _pings(finn, gateway)
            finn_says = client.starts()
            finn_says.hears(" obtained from ")
            finn.waits_for_lease()
            addresses["finn"] = _address(finn, "ground")
            _pings(finn, gateway)
            file_leased = server.types("cat", LEASES)

        with lab.act(
            "An address is lent for some hours only. Long before they are over, Finn's computer asks to keep it.",
            "Does it have to shout again?",
            "No: now it has an address, and knows the server. One question and one answer, between the two of them.",
        ) as renewed:
            finn.renews()
            finn_says.hears_next(" obtained from ")

        with lab.act(
            "A visitor sits down at Ann's desk and asks. Finn has the only address that the server may give away.",
            "What does the server answer?",
            "Nothing. The visitor's computer shouts twice and gives up; it cannot know that somebody heard it. Cleo, "
            "who has an address, is answered as ever.",
        ) as exhausted:
            visitor_says = ann.as_root.tries(*VISITOR).stderr
            cleo.renews()
            exhausted.waits_for(BOOTP(op=2) / DHCP(options=[("message-type", "ack")]))
            server_says = server.logged("no address available")
            lab.shows(server_says)

        with lab.act(
            "Finn leaves. His computer gives the address back.",
            "Does the server have to agree?",
            "No: nobody answers. The server strikes Finn from its list, and the address is free.",
        ) as released:
            finn.releases()
            finn_says.hears_next("entering released state")
            _pings(finn, gateway)
            file_released = server.types("cat", LEASES)

    with (
        cleo.asks_by_hand() as client,
        lab.act(
            "Cleo's computer asks too, and gets the address that it always gets.",
            "How does the server know who asks?",
            "By the MAC, which is in every message. For Cleo's an address is written down, outside of what others get.",
        ) as reserved,
    ):
        client.starts().hears(" obtained from ")
        cleo.waits_for_lease()
        addresses["cleo"] = _address(cleo, "ground")

    with (
        gwen.asks_by_hand() as client,
        lab.act(
            "Gwen's computer is one floor up, on another network. It shouts as well, and the server is not there.",
            "A router passes on no shouting. Who gets Gwen an address, and one that fits her floor?",
            "The router does, as a relay: it hears her, and writes to the server in its own name, with its address "
            "upstairs in the letter. By that the server knows for which floor. Once she has an address, Gwen writes to "
            "the server herself, and the router just forwards it.",
        ) as relayed,
    ):
        gwen_says = client.starts()
        gwen_says.hears(" obtained from ")
        gwen.waits_for_lease()
        addresses["gwen"] = _address(gwen, "upper")
        _pings(gwen, router.on("upper").ip)
        file_relayed = server.types("cat", LEASES)
        gwen.renews()
        gwen_says.hears_next(" obtained from ")

    return Seen(
        lab.plan,
        leased.capture,
        renewed.capture,
        exhausted.capture,
        released.capture,
        reserved.capture,
        relayed.capture,
        addresses,
        without,
        visitor_says,
        server_says,
        file_leased,
        file_released,
        file_relayed,
    )


def _pings(node: RunningNode, address: str) -> str:
    """Have a node ask whether somebody is there, and return why it could not."""
    return node.tries("ping", "-n", "-q", "-c", "1", "-W", "2", address).stderr


def _address(node: RunningNode, network: str) -> str:
    """Return the address of a node on a network, as it is shown there."""
    return node.types("ip", "-br", "-4", "addr", "show", network).split()[2]

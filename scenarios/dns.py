"""DNS: a name becomes an address before the first byte goes there; a name that does not exist becomes an error."""

from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME = "python.org"
NOBODY = "no-such-host.python.org"


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what the clients printed."""

    asked: Capture
    asked_otherwise: Capture
    asked_in_vain: Capture
    visited: Capture
    dig_printed: str
    nslookup_printed: str
    getent_printed: str
    dig_printed_in_vain: str
    page: str


@scenario("dns", topology="home-lan", shows="dns || tcp.flags.syn == 1")
def dns(lab: Lab) -> Seen:
    """Tell it in four acts: a question, other clients, a name that is not there, and what the name was needed for."""
    victim = lab["victim"]

    with lab.act(
        f"The victim wants to know where {NAME} is. It knows its resolver's address, but not yet its MAC.",
        f"You type {NAME}. What does your computer have to find out before it can send anything there?",
        "First the resolver's MAC, by ARP, from everybody at home; then the address, by DNS, from the resolver alone.",
    ) as asked:
        dig_printed = victim.types("dig", NAME)

    with lab.act(
        "Every program that needs a name asks the same question: nslookup does, and so does the C library.",
        "Does a browser ask in another way than dig does?",
        "No: the same question to the same resolver, and this time without ARP, because its MAC is known by now.",
    ) as asked_otherwise:
        nslookup_printed = victim.types("nslookup", NAME)
        getent_printed = victim.types("getent", "hosts", NAME)

    with lab.act(
        "A name that does not exist is answered as well: with NXDOMAIN.",
        "What comes back for a name that nobody has: nothing, or an answer?",
        "An answer that says no. Silence would mean that the resolver is gone, not that the name is.",
    ) as asked_in_vain:
        dig_printed_in_vain = victim.types("dig", NOBODY)

    with lab.act(
        "Now the victim opens the page: first the name, and only then a connection to the address.",
        "In which order do the name, the connection and the page go over the wire?",
        "The answer came before the first SYN: without an address there is nobody to connect to.",
    ) as visited:
        page = victim.types("curl", "--silent", "--show-error", f"http://{NAME}/")

    return Seen(
        lab.plan,
        asked.capture,
        asked_otherwise.capture,
        asked_in_vain.capture,
        visited.capture,
        dig_printed,
        nslookup_printed,
        getent_printed,
        dig_printed_in_vain,
        page,
    )

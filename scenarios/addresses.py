"""Addresses: one for oneself, private and public ones, the classes of old, and the ports behind each of them."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from lab.capture import Capture
from lab.running import Lab, RunningNode
from lab.scenario import Evidence, scenario

NAME = "python.org"

LOOPBACK = "127.0.0.1"
ALL_SYSTEMS = "224.0.0.1"
"""Everybody on this network who speaks multicast (RFC 1112, appendix I)."""
EVERYBODY = "255.255.255.255"
"""Everybody on this network (RFC 919)."""

PORTS = {"ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "http": 80}
"""Ports that everybody knows, so that nobody needs to ask for them (IANA's registry, RFC 6335)."""
CLOSED = 81
DOOR = 8080

CLASSES = {"A": (0, "8 bits"), "B": (128, "16 bits"), "C": (192, "24 bits"), "D": (224, "a group"), "E": (240, "kept")}
"""For each class of old, the first number that its addresses begin with, and how long the name of the network is."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what was printed or worked out."""

    listed: Capture
    to_itself: Capture
    classes: Capture
    ports: Capture
    urls: Capture
    of_ann: str
    of_router: str
    pinged: tuple[str, ...]
    class_of: dict[str, str]
    knocked: str
    came: tuple[str, ...]
    page: str
    page_behind: str
    without_port: str


@scenario("addresses", topology="two-lans", shows="icmp || tcp.flags.syn == 1 || tcp.flags.reset == 1")
def addresses(lab: Lab) -> Seen:
    """Tell it in five acts: whose addresses, to oneself, the classes of old, well-known ports, a port in a URL."""
    ann, router, stranger, web, dns = (lab[name] for name in ("ann", "router", "stranger", "web", "dns"))

    with lab.act(
        "Ann's computer says which addresses it has, and so does the router.",
        "An address belongs to a plug, not to a computer. How many will the router have?",
        f"One for each network that it is on, more towards the outside, where it speaks for others, and {LOOPBACK}, "
        "which every computer has: it means myself.",
    ) as listed:
        of_ann, of_router = (node.types("ip", "-4", "-brief", "address") for node in (ann, router))

    with lab.act(
        f"Ann sends a packet to {LOOPBACK}, one to her own address, and one to the router.",
        "Three packets, three answers. How many of the six can be seen on the wire?",
        "Two: those to and from the router. What one sends to oneself never leaves the computer, by whatever address.",
    ) as to_itself:
        pinged = tuple(_pings(ann, address) for address in (LOOPBACK, ann.ip, router.on("lan-a").ip))

    with lab.act(
        "Once the first bits of an address told how long the name of its network is. Ann writes to a class D and an E.",
        f"Ann's address is of class C, {ALL_SYSTEMS} of class D. Who gets a packet that is meant for D?",
        "Everybody: D is for groups, and the very last address of E is for all on this network. Nobody answers: one "
        "question with a thousand answers is an attack. A, B and C are history: a subnet says its length itself, as in "
        "192.168.1.0/24.",
    ) as classes:
        class_of = {address: class_named(address) for address in _examples(lab)}
        lab.shows(*(explained(address) for address in class_of))
        ann.tries("ping", "-n", "-c", "1", "-W", "0.2", ALL_SYSTEMS)
        ann.tries("ping", "-n", "-b", "-c", "1", "-W", "0.2", EVERYBODY)

    with lab.act(
        "The web server listens at ports 22, 23 and 25 too. A stranger knocks at five doors that everybody knows.",
        f"An address leads to a computer. What leads to the right program in it? And who answers at port {CLOSED}?",
        f"The port. An open one answers SYN with SYN and ACK, before anything is said. At {CLOSED} nobody listens, so "
        "the system itself answers: reset.",
    ) as ports:
        with web.running("listen", *(str(PORTS[name]) for name in ("ssh", "telnet", "smtp"))) as came:
            others = [str(port) for port in PORTS.values() if port != PORTS["domain"]]
            knocked = stranger.tries("nc", "-z", "-v", web.ip, *others, str(CLOSED)).stderr
        knocked += stranger.tries("nc", "-z", "-v", dns.ip, str(PORTS["domain"])).stderr

    outside = router.on("wan").ip
    with lab.act(
        f"The stranger opens a URL with a name, one with an address and :{DOOR}, and the same without it.",
        f"http://{NAME}/ has no port in it. Which one is asked, and what does :{DOOR} change?",
        f"Port 80, which http means if nothing else is said. With :{DOOR} it is another door of the same address; here "
        "the router leads it to a server inside. At its port 80 nobody is at home.",
    ) as urls:
        page = stranger.types("curl", "--silent", f"http://{NAME}/")
        page_behind = stranger.types("curl", "--silent", f"http://{outside}:{DOOR}/")
        without_port = stranger.tries("curl", "--silent", "--show-error", f"http://{outside}/").stderr

    return Seen(
        lab.plan,
        listed.capture,
        to_itself.capture,
        classes.capture,
        ports.capture,
        urls.capture,
        of_ann,
        of_router,
        pinged,
        class_of,
        knocked,
        tuple(came),
        page,
        page_behind,
        without_port,
    )


def _pings(node: RunningNode, address: str) -> str:
    return node.tries("ping", "-n", "-c", "1", "-W", "1", address).stdout


def _examples(lab: Lab) -> tuple[str, ...]:
    """Return addresses of all classes, those of the lab among them."""
    return "10.0.0.1", "172.16.0.1", lab["ann"].ip, lab["web"].ip, ALL_SYSTEMS, EVERYBODY


def class_named(address: str) -> str:
    """Return the class of old of an address, by its first number (RFC 791, section 2.3; D and E: RFC 1112)."""
    first = IPv4Address(address).packed[0]
    return max(name for name, (begin, _) in CLASSES.items() if begin <= first)


def explained(address: str) -> str:
    """Return a line with the bits of an address that tell its class."""
    name = class_named(address)
    leading = 4 if name == "E" else "ABCD".index(name) + 1
    bits = f"{IPv4Address(address).packed[0]:08b}"
    return f"  {address:<16} {bits[:leading]}|{bits[leading:]}...   class {name}: {CLASSES[name][1]}"

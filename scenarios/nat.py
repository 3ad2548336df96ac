"""NAT: private addresses mean nothing outside, so the router speaks for those who have them, in four ways."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from scapy.layers.inet import IP, TCP

from lab.capture import Capture
from lab.dialogue import Dialogue
from lab.recorder import Recording
from lab.running import Lab, RunningNode
from lab.scenario import Evidence, scenario

MIRROR = "/me"
"""The page on which the web server says whom it sees."""

OWN_PORT, SAME_PORT, DOOR = 40000, 50000, 8080
"""The port that everybody speaks from by choice, the one that two choose at once, and the one that is forwarded."""


Socket = tuple[str, int]
"""An address and a port."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what the programs printed, by the node that they ran on."""

    static: Capture
    pool: Capture
    shared: Capture
    forwarded: Capture
    refused: Capture
    server_is: Socket
    at_the_server: str
    pool_are: tuple[Socket, ...]
    dora_is: Socket
    emil_is: Socket
    through_the_door: str
    knocked: str
    knocked_inside: str


@scenario("nat", topology="two-lans", shows="tcp.flags.syn == 1 || http || icmp.type == 3")
def nat(lab: Lab) -> Seen:
    """Tell it in five acts: one address for one, a pool, one for all, a door from outside, and no other way in."""
    router, web, stranger = lab["router"], lab["web"], lab["stranger"]
    server_outside, *_ = router.on("wan").more

    with lab.act(
        f"The server asks a page on which the web server tells whom it sees. Then a stranger asks {server_outside.ip}.",
        f"The server is {lab['server'].ip}, an address that thousands of homes use. What can the web server answer to?",
        f"To {server_outside.ip}: the router exchanges the address in every packet, and exchanges it back in the "
        "answers. This pair is fixed, so it works from outside as well.",
    ) as static:
        server_is = _asks(lab["server"], web)
        at_the_server = stranger.types("curl", "--silent", f"http://{server_outside.ip}/")

    with lab.act(
        "Ann, Ben and Cleo ask the same. The router has two addresses in a pool for their network.",
        "Who gets which address, and what about the third?",
        "First come, first served, each a whole address. For Cleo none is left, so she shares the router's own.",
    ) as pool:
        pool_are = tuple(_asks(lab[name], web) for name in ("ann", "ben", "cleo"))

    with (
        lab.act(
            f"Dora and Emil share the router's one address, and both speak from port {SAME_PORT}, at the same time.",
            "Two answers come back to one address and one port. How could the router tell whose they are?",
            "It could not, so it gave the second one another port. An address and a port together are the name of a "
            "conversation: one address is enough for a whole house.",
        ) as shared,
        _calling(lab["dora"], web, shared) as dora,
        _calling(lab["emil"], web, shared) as emil,
    ):
        for call in (dora, emil):
            _asks_by_hand(call)

    with lab.act(
        f"A stranger asks the router for a page at port {DOOR}, and gets the one of the server inside.",
        "The router has no web server. Who answers, and what does the stranger learn about the inside?",
        f"The server does: the router has a rule that port {DOOR} leads there. The stranger sees the router's address "
        "and nothing else.",
    ) as forwarded:
        through_the_door = stranger.types("curl", "--silent", f"http://{router.on('wan').ip}:{DOOR}/")

    with lab.act(
        "The stranger knocks elsewhere: at other ports, at the address that Ann was seen with, at the server's own.",
        "Ann spoke to the outside with that address a minute ago. Does a knock there come through to her?",
        "No: the router knows of no conversation that it belongs to, so it answers for itself, and refuses. And to the "
        "private address no road leads at all.",
    ) as refused:
        knocked = _knocks(stranger, router.on("wan").ip, 22, 80, DOOR)
        knocked += _knocks(stranger, pool_are[0][0], 22, 80)
        knocked_inside = _knocks(stranger, lab["server"].ip, 80)

    return Seen(
        lab.plan,
        static.capture,
        pool.capture,
        shared.capture,
        forwarded.capture,
        refused.capture,
        server_is,
        at_the_server,
        pool_are,
        seen_with(dora.said),
        seen_with(emil.said),
        through_the_door,
        knocked,
        knocked_inside,
    )


def _asks(node: RunningNode, web: RunningNode) -> Socket:
    """Have a node ask the web server whom it sees, from a port of its choice; the server hangs up first."""
    url = f"http://{web.ip}{MIRROR}"
    return seen_with(node.types("curl", "--silent", "--http1.0", "--local-port", str(OWN_PORT), url))


@contextmanager
def _calling(node: RunningNode, web: RunningNode, recording: Recording) -> Iterator[Dialogue]:
    """Hold a connection to the web server; it is there when the block begins."""
    with node.dialogue("nc", "-p", str(SAME_PORT), web.ip, "80") as call:
        recording.waits_for(IP(src=node.ip) / TCP(sport=SAME_PORT, flags="A"))
        yield call


def _asks_by_hand(call: Dialogue) -> None:
    """Ask the web server whom it sees, and wait for its answer."""
    call.types(f"GET {MIRROR} HTTP/1.0")
    call.types("")
    call.hears("You are ")


def seen_with(said: str) -> Socket:
    """Return the address and port that the web server saw."""
    address, port = re.findall(r"You are (\S+), port (\d+)\.", said)[-1]
    return address, int(port)


def _knocks(node: RunningNode, address: str, *ports: int) -> str:
    """Have a node knock at ports, and return what netcat says of each."""
    return node.tries("nc", "-z", "-v", address, *map(str, ports)).stderr

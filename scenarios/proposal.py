"""The proposal: the attacker rewrites a page on its way to the victim; two defences make it arrive as it was sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

PAGE = "http://python.org/"
QUESTION = "Will you marry me?"
PROXY_PORT = 8080


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what the victim's browser showed."""

    undisturbed: Capture
    rewritten: Capture
    pinned: Capture
    inspected: Capture
    read_undisturbed: str
    read_rewritten: str
    read_pinned: str
    read_inspected: str


@scenario("proposal", topology="home-lan", shows="http.response || arp.duplicate-address-detected")
def proposal(lab: Lab) -> Seen:
    """Tell it in four acts: the page as it is, the page as the attacker wants it, and a defence in each of two more."""
    victim, attacker, gateway = lab["victim"], lab["attacker"], lab["router"].on("lan")

    with lab.act(
        "The victim opens the page of python.org.",
        "Whose hands does the page pass through on its way?",
        "Through the router's, the provider's and the switch's: each of them could read it, and change it.",
    ) as undisturbed:
        read_undisturbed = _opens_page(lab)

    with (
        lab.act(
            "The attacker steps between victim and router, and puts a question of its own into the page.",
            "How can the victim tell that the page was changed?",
            "It cannot. The page comes from the server's address and its length fits. HTTP carries no proof of who"
            " wrote it: that is what TLS is for.",
        ) as rewritten,
        _attack(lab),
    ):
        victim.waits_for_neighbour(gateway.ip, at=attacker.mac)
        lab["router"].waits_for_neighbour(victim.ip, at=attacker.mac)
        read_rewritten = _opens_page(lab)

    with (
        lab.act(
            "A first defence: victim and router write each other's MAC down for good. The attacker tries again.",
            "Why is it not enough that the victim alone knows where the router is?",
            "The router would still believe the lie about the victim, and send the answers by way of the attacker.",
        ) as pinned,
        victim.pinning(gateway),
        lab["router"].pinning(victim.on("lan")),
        _attack(lab),
    ):
        read_pinned = _opens_page(lab)

    with (
        lab.act(
            "A second defence, for all neighbours at once: the switch knows who is at which port, and drops ARP that"
            " says otherwise. The attacker tries again.",
            "What does the switch compare?",
            "The port that a claim comes in by with the addresses that belong there. The lie enters the switch, and"
            " leaves it nowhere.",
        ) as inspected,
        lab.inspecting_arp("lan"),
        _attack(lab),
    ):
        read_inspected = _opens_page(lab)

    return Seen(
        lab.plan,
        undisturbed.capture,
        rewritten.capture,
        pinned.capture,
        inspected.capture,
        read_undisturbed,
        read_rewritten,
        read_pinned,
        read_inspected,
    )


def _opens_page(lab: Lab) -> str:
    return lab["victim"].types("w3m", "-dump", PAGE)


@contextmanager
def _attack(lab: Lab) -> Iterator[None]:
    """Be in the middle of victim and router, and rewrite the pages that pass."""
    victim, attacker, gateway = lab["victim"], lab["attacker"], lab["router"].on("lan")
    with (
        attacker.redirecting(80, to=PROXY_PORT),
        attacker.running("rewrite", str(PROXY_PORT), QUESTION),
        attacker.running("poison", victim.ip, gateway.ip),
    ):
        yield

"""ARP poisoning: the attacker claims the router's address, and the victim's traffic comes to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario


@dataclass(frozen=True)
class Beliefs:
    """Which link-layer address the two ends of the attack believe in, by IP address."""

    victim: Mapping[str, str]
    router: Mapping[str, str]


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what was believed at its end."""

    before: Capture
    during: Capture
    after: Capture
    believed_before: Beliefs
    believed_during: Beliefs
    believed_after: Beliefs


@scenario("arp-poisoning", topology="home-lan", shows="arp.duplicate-address-detected || icmp")
def arp_poisoning(lab: Lab) -> Seen:
    """Tell it in three acts: the truth, the lie, the truth again."""
    victim, attacker, router, web = lab["victim"], lab["attacker"], lab["router"], lab["web"]
    gateway = router.on("lan")

    with lab.act(
        "The victim reaches the web through the router; the attacker sees none of it.",
        "All machines at home hang on one switch. Who receives the victim's packet?",
        "Everybody heard the victim ask for the router, but the packet itself went to the router alone.",
    ) as before:
        victim.ping(web)
    believed_before = _beliefs(lab)

    with (
        lab.act(
            "The attacker answers for the router's address, and passes on what it receives.",
            "Nobody asked the attacker anything. What happens when it claims to be the router all the same?",
            "Both ends believed it: ARP has no way to check. The ping still works, so the victim notices nothing.",
        ) as during,
        attacker.running("poison", victim.ip, gateway.ip),
    ):
        victim.waits_for_neighbour(gateway.ip, at=attacker.mac)
        router.waits_for_neighbour(victim.ip, at=attacker.mac)
        victim.ping(web)
        believed_during = _beliefs(lab)

    with lab.act(
        "The attacker takes its lie back: the road is straight again.",
        "What must the attacker do so that nobody ever notices that it was there?",
        "It told both ends the truth before it left. Had it just gone, the victim's packets would have gone nowhere.",
    ) as after:
        victim.waits_for_neighbour(gateway.ip, at=gateway.mac)
        router.waits_for_neighbour(victim.ip, at=victim.mac)
        victim.ping(web)
    believed_after = _beliefs(lab)

    return Seen(
        lab.plan, before.capture, during.capture, after.capture, believed_before, believed_during, believed_after
    )


def _beliefs(lab: Lab) -> Beliefs:
    return Beliefs(lab["victim"].neighbours(), lab["router"].neighbours())

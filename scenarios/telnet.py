"""Telnet: somebody logs in to an old machine, and whoever stands in the way reads the password with it."""

from dataclasses import dataclass

from scapy.layers.inet import IP, TCP

from lab.capture import Capture
from lab.node import RunningNode
from lab.recorder import Recording
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME, PASSWORD, GUESS = "old.office.example", "sesame-street", "open-sesame"
TELNET = 23
CALLED = ("telnet", NAME)
WIRES = 2
"""How many wires each packet crosses."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what Alice and Eve could read on their screens."""

    entered: Capture
    refused: Capture
    alice_read: str
    eve_read: str


@scenario("telnet", topology="office", shows="telnet")
def telnet(lab: Lab) -> Seen:
    """Tell it in two acts: the right password, and a wrong one."""
    alice, eve = lab["alice"], lab["eve"]

    with (
        lab.act(
            "In the cellar stands an old machine. Alice logs in to it by telnet, and reads a note.",
            "Her screen does not show the password. Who else can see it?",
            "Everybody whose wire it crosses. The machine leaves it out of what it sends back, but Alice has sent it.",
        ) as entered,
        alice.dialogue(*CALLED) as hers,
    ):
        for asked, said in (("login: ", "alice"), ("Password: ", PASSWORD), ("$ ", "cat note.txt"), ("$ ", "exit")):
            hers.hears_next(asked)
            hers.types(said)
        waits_for_goodbye(alice, entered)

    with (
        lab.act(
            "Eve calls too, with a word that she has made up.",
            "How much does the machine tell her about what was wrong?",
            "As little as it can: the login was incorrect. It does not say whether it was the name or the word.",
        ) as refused,
        eve.dialogue(*CALLED) as netted,
    ):
        for asked, said in (("login: ", "alice"), ("Password: ", GUESS)):
            netted.hears_next(asked)
            netted.types(said)
        netted.hears_next("Login incorrect")
        netted.hears_next("login: ")

    return Seen(lab.plan, entered.capture, refused.capture, hers.said, netted.said)


def waits_for_goodbye(node: RunningNode, act: Recording) -> None:
    """Wait until the machine has hung up."""
    act.waits_for(IP(dst=node.ip) / TCP(sport=TELNET, flags="FA"), WIRES)

"""Lonely TiVos: a box that was switched on calls out to others of its kind, and nobody is there to answer."""

from dataclasses import dataclass

from scapy.layers.inet import IP, UDP

from lab.capture import Capture
from lab.node import RunningNode
from lab.recorder import Recording
from lab.running import Lab
from lab.scenario import Evidence, scenario

BEACON, SSDP = 2190, 1900
CALLS = 5
"""One beacon, three notices that a device is there, and one search."""
DESCRIPTION = "http://tivo.office.example:49152/description.xml"


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what was printed."""

    called: Capture
    overheard: Capture
    asked: Capture
    eve_read: str
    description: str


@scenario("lonely-tivos", topology="office", shows="udp.port == 2190 || ssdp || http")
def lonely_tivos(lab: Lab) -> Seen:
    """Tell it in three acts: it calls, somebody else listens, somebody asks back."""
    alice, eve, tivo = lab["alice"], lab["eve"], lab["tivo"]

    with lab.act(
        "In the meeting room stands a box that records television. Somebody switches it off and on again.",
        "It would like to play with other boxes. How does it find them, when it knows none?",
        "It calls everybody: a beacon by broadcast, and by SSDP, which is HTTP to a group of unknown size. It says "
        "who it is, asks who else is there, and waits. Nobody answers.",
    ) as called:
        off_and_on(tivo, called)

    with (
        lab.act(
            "Once more; this time Eve has opened a letter box at the number of the beacons.",
            "The box did not send her anything. What does she get?",
            "Everything: what is sent to all is sent to her as well. Now she knows the room, the model, and where to "
            "ask.",
        ) as overheard,
        eve.dialogue("nc", "-u", "-l", "-W", "1", str(BEACON)) as netcat,
    ):
        eve.waits_until_says(f":{BEACON}", "ss", "-Hlun")
        off_and_on(tivo, overheard)
        netcat.hears("services=")

    with lab.act(
        "The notices tell where more is to be read. Alice follows them.",
        "Who may ask the box about itself?",
        "Whoever can reach it, and Alice did not even have to say who she is.",
    ) as asked:
        description = alice.types("curl", "--silent", "--show-error", DESCRIPTION)

    return Seen(lab.plan, called.capture, overheard.capture, asked.capture, netcat.said, description)


def off_and_on(tivo: RunningNode, act: Recording) -> None:
    """Switch the box off and on again, and wait until it has called."""
    by_tivo = IP(src=tivo.ip)
    with tivo.out_of_service():
        pass
    act.waits_for(by_tivo / UDP(dport=BEACON))
    act.waits_for(by_tivo / UDP(dport=SSDP), CALLS - 1)

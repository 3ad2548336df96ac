"""Lonely printers: one that was plugged in asks whether its name is free, says it three times, and hears nothing."""

from dataclasses import dataclass

from scapy.layers.dns import DNS, DNSRR

from lab.capture import Capture
from lab.kinds.printer import ANNOUNCES, ASK_ANNOUNCER
from lab.running import Lab
from lab.scenario import Evidence, scenario

SERVICE, NAME, MDNS = "_ipp._tcp.local.", "printer.local.", 5353
TIMES = 3
"""How often avahi announces what it has, since UDP promises nothing (RFC 6762, section 8.3, asks for two at least)."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what Bob was answered."""

    called: Capture
    asked: Capture
    answer: str


@scenario("lonely-printers", topology="office", shows="mdns")
def lonely_printers(lab: Lab) -> Seen:
    """Tell it in two acts: a printer is plugged in, and somebody asks for it by its name."""
    bob, printer = lab["bob"], lab["printer"]
    printer.waits_until_says(ANNOUNCES, *ASK_ANNOUNCER)

    with (
        printer.unplugged() as cable,
        lab.act(
            "Somebody trips over the cable of the printer in the corridor, and plugs it in again.",
            "Nobody has asked for a printer. What does it send, and to whom?",
            "To everybody: first it asks three times whether somebody else has its name. Nobody says so. Then it says "
            "three times what it is called, and what it can do. Nobody answers that either.",
        ) as called,
    ):
        cable.plug_in()
        called.waits_for(DNS(qr=1, an=DNSRR(rrname=SERVICE, type="PTR")), TIMES)
        called.waits_for(DNS(qr=1, an=DNSRR(rrname=_reversed(printer.ip), type="PTR")), TIMES)

    with lab.act(
        "Bob has read the name on a piece of paper: printer.local. He asks the printer itself for it.",
        "There is a name server in the office. Why does he not ask that one?",
        "It does not know: names that end in local belong to those who say them, and each answers for its own.",
    ) as asked:
        answer = bob.types("dig", "+short", "-p", str(MDNS), f"@{printer.ip}", NAME.removesuffix("."))

    return Seen(lab.plan, called.capture, asked.capture, answer)


def _reversed(ip: str) -> str:
    return ".".join(reversed(ip.split("."))) + ".in-addr.arpa."

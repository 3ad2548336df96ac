"""Printing: a printer announces itself, a letter goes to it, and whoever sits on the way can read the letter."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from scapy.layers.dns import DNS, DNSRR

from lab.capture import Capture
from lab.kinds.printer import ANNOUNCES, ASK_ANNOUNCER
from lab.running import Lab, RunningNode
from lab.scenario import Evidence, scenario

SERVICE = "_ipp._tcp.local."
TIMES = 3
"""How often avahi announces what it has, since UDP promises nothing (RFC 6762, section 8.3, asks for two at least)."""


LETTER = "Dear Grandma,\nthank you for the jumper. It fits.\nThe secret of the cake stays between us.\n"
FILE = "/tmp/letter.txt"
SPOOL = "/var/spool/printer"
IPP_PORT = 631


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what ipptool printed, what the printer kept, and what was overheard."""

    announced: Capture
    printed: Capture
    overheard: Capture
    letter: str
    ipptool_printed: str
    spooled: str
    spooled_overheard: str
    attacker_read: tuple[str, ...]


@scenario("printing", topology="home-lan", shows="mdns || ipp")
def printing(lab: Lab) -> Seen:
    """Tell it in three acts: the printer says hello, a letter is printed, a letter is overheard."""
    victim, printer, attacker = lab["victim"], lab["printer"], lab["attacker"]
    printer.waits_until_says(ANNOUNCES, *ASK_ANNOUNCER)
    kept_already = _spool(printer)

    with (
        printer.unplugged() as cable,
        lab.act(
            "The printer is connected to the network, and tells everybody who it is and what it can do.",
            "Nobody asked it. How does a computer that was switched on yesterday learn of the new printer?",
            "The printer announces itself to the group 224.0.0.251, which everybody hears, and says it three times.",
        ) as announced,
    ):
        cable.plug_in()
        announced.waits_for(DNS(qr=1, an=DNSRR(rrname=SERVICE, type="PTR")), TIMES)
        announced.waits_for(DNS(qr=1, an=DNSRR(rrname=_reversed(printer.ip), type="PTR")), TIMES)

    with (
        lab.act(
            "The victim prints a letter. The attacker sits at the same switch.",
            "Does the attacker get to see the letter?",
            "No: the switch has learnt who is at which port, and gives a frame to nobody else.",
        ) as printed,
        _letter(victim),
    ):
        ipptool_printed = _prints(lab)
        spooled = _spooled(printer, kept_already)

    with (
        lab.act(
            "The attacker steps between the two, listens, and passes everything on. The victim prints again.",
            "Can the victim or the printer notice?",
            "Not from the letter, which is printed as before. IPP without TLS is a postcard: it lies in the clear.",
        ) as overheard,
        _letter(victim),
        attacker.running("overhear", str(IPP_PORT)) as attacker_read,
        attacker.running("poison", victim.ip, printer.ip),
    ):
        victim.waits_for_neighbour(printer.ip, at=attacker.mac)
        printer.waits_for_neighbour(victim.ip, at=attacker.mac)
        _prints(lab)
        spooled_overheard = _spooled(printer, kept_already)

    return Seen(
        lab.plan,
        announced.capture,
        printed.capture,
        overheard.capture,
        LETTER,
        ipptool_printed,
        spooled,
        spooled_overheard,
        tuple(attacker_read),
    )


def _reversed(ip: str) -> str:
    return ".".join(reversed(ip.split("."))) + ".in-addr.arpa."


@contextmanager
def _letter(victim: RunningNode) -> Iterator[None]:
    """Have a letter on the victim's disk."""
    victim.run("tee", FILE, stdin=LETTER.encode())
    try:
        yield
    finally:
        victim.run("rm", FILE)


def _prints(lab: Lab) -> str:
    """Ask the printer what it can do, and give it the letter."""
    uri = f"ipp://{lab['printer'].ip}/ipp/print"
    return lab["victim"].types("ipptool", "-t", "-f", FILE, uri, "get-printer-attributes.test", "print-job.test")


def _spool(printer: RunningNode) -> frozenset[str]:
    """Return the files that the printer keeps."""
    return frozenset(printer.run("find", SPOOL, "-type", "f").stdout.split())


def _spooled(printer: RunningNode, before: frozenset[str]) -> str:
    """Take what came into the spool since ``before`` out of it, and return the documents."""
    new = sorted(_spool(printer) - before)
    text = "".join(printer.run("cat", file).stdout for file in new if file.endswith(".dat"))
    for file in new:
        printer.run("rm", file)
    return text

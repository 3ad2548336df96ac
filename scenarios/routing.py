"""Routing: a cable is cut, and two providers find another way for the packets, without anybody telling them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import Ether

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

CABLE = "direct"
THROUGH_TWO, THROUGH_THREE = 62, 61
"""What is left of the time to live of a packet that began with 64, behind so many routers."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what the programs printed."""

    before: Capture
    cut: Capture
    mended: Capture
    way_before: str
    way_during: str
    way_after: str
    counted_at_cut: tuple[str, ...]
    counted_at_mend: tuple[str, ...]


@scenario("routing", topology="triangle", shows="bgp || icmp.type == 11")
def routing(lab: Lab) -> Seen:
    """Tell it in three acts: the straight way, the way round when the cable is cut, the straight way again."""
    ada, web, west, east = lab["ada"], lab["web"], lab["west"], lab["east"]

    with _acquainted(lab), lab.cable(CABLE) as cable:
        with lab.act(
            "Ada's packets to the web server take the cable between west and east.",
            "There is another way, by north. Why does nothing go there?",
            "Each router has told its neighbours which networks it reaches, and through whose hands. The shortest list"
            " wins: east alone is shorter than north and east. Nothing has changed since, so nobody says a word.",
        ) as before:
            ada.ping(web)
            way_before = _traced(lab)

        with lab.act(
            "Ada pings all the while. A digger tears the cable, the fibre to west first, and then the one to east.",
            "Who tells whom what, and how many pings are lost until the packets go another way?",
            "West sees that its light is out, tells north by BGP what it cannot reach any more, and sends by north at"
            " once. East knows of nothing yet: it sends answers into the torn cable, until its light goes out as well.",
        ) as cut:
            with ada.pinging(web) as counted_at_cut:
                cut.waits_for(_answers(THROUGH_TWO))
                cable.pull_out(at="west")
                cut.waits_for(IP(dst=web.ip, ttl=THROUGH_THREE) / ICMP(type="echo-request"))
                cable.pull_out(at="east")
                cut.waits_for(_answers(THROUGH_THREE), 5)
            way_during = _traced(lab)
            for router in (west, east):  # what they wanted to say over the cable is given up
                router.waits_until_silent("ss", "-Htn", "state", "fin-wait-1")

        with lab.act(
            "The cable is mended. Ada pings all the while.",
            "How do west and east notice that it is whole, and is anything lost this time?",
            "Both see light. East calls west, each says who it is (OPEN), and tells all that it knows (UPDATE). Nothing"
            " is lost: the way by north is good until the better one is there.",
        ) as mended:
            with ada.pinging(web, every=0.05) as counted_at_mend:
                cable.plug_in()
                lab.waits_until_ready()
                # Behind two routers is also who is half-way round by north: it is at its goal that it came straight.
                mended.waits_for(Ether(dst=web.mac) / IP(ttl=THROUGH_TWO) / ICMP(type="echo-request"))
                mended.waits_for(Ether(dst=ada.mac) / _answers(THROUGH_TWO))
            way_after = _traced(lab)

    return Seen(
        lab.plan,
        before.capture,
        cut.capture,
        mended.capture,
        way_before,
        way_during,
        way_after,
        tuple(counted_at_cut),
        tuple(counted_at_mend),
    )


def _traced(lab: Lab) -> str:
    return lab["ada"].types("traceroute", "-n", "-q", "1", "-N", "1", lab["web"].ip)


def _answers(steps_left: int) -> IP:
    return IP(ttl=steps_left) / ICMP(type="echo-reply")


@contextmanager
def _acquainted(lab: Lab) -> Iterator[None]:
    """Have the routers know each other's MACs already, and over the cable for good: what is lost is lost at once.

    Otherwise a packet waits in its router for an answer to ARP that cannot come, and turns up seconds later.
    """
    west, east, north = lab["west"], lab["east"], lab["north"]
    west.ping(north.on("west-north"))
    east.ping(north.on("north-east"))
    with ExitStack() as both:
        both.enter_context(west.knowing(east.on(CABLE)))
        both.enter_context(east.knowing(west.on(CABLE)))
        yield

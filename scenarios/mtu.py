"""MTU: what becomes of a packet that is larger than a wire on its way, and of a connection when nobody says so."""

from contextlib import ExitStack
from dataclasses import dataclass

from scapy.layers.inet import IP, TCP
from scapy.packet import Raw

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

LARGE = 1400
"""Bytes in a ping: too many for the thin wire, and few enough for all others."""

FETCH = ("curl", "--silent", "--show-error", "-4", "--output", "/dev/null")
PAGE = ("--write-out", r"%{http_code}, a page of %{size_download} bytes\n", "http://python.org/tables.html")
"""What is typed to fetch a page that fits into one large packet."""

SENT_IN_VAIN = 3
"""How often the server sends what cannot pass before the audience has seen enough."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what the programs printed."""

    cut: Capture
    refused: Capture
    discovered: Capture
    hole: Capture
    mended: Capture
    clamped: Capture
    ping_printed: str
    ping6_printed: str
    curl_printed: str
    way_printed: str
    printed_in_the_hole: str
    printed_when_mended: str
    printed_when_clamped: str
    way_when_clamped: str


@scenario("mtu", topology="dual-stack", shows="ip.flags.mf == 1 || ip.frag_offset > 0 || icmp || icmpv6.type == 2")
def mtu(lab: Lab) -> Seen:
    """Tell it in six acts: pieces, a refusal, a discovery, a black hole, its end, and how nobody falls into it."""
    laptop, desk, router, isp, web = lab["laptop"], lab["desk"], lab["router"], lab["isp"], lab["web"]

    with lab.act(
        "Between router and isp lies a wire that carries 1280 bytes at most. The laptop sends a ping of 1428 that way.",
        "The packet is larger than the wire allows, and may be cut. Who cuts it, and who puts it together?",
        "The router in front of the wire cuts it, and gives both pieces the number of the whole. Only the goal puts "
        "them together, though the wires behind would carry more. The answer is as large; the other router cuts that.",
    ) as cut:
        ping_printed = laptop.types("ping", "-4", "-n", "-c", "1", "-M", "dont", "-s", str(LARGE), web.ip)

    with lab.act(
        "The same over IPv6, where no router cuts anything.",
        "What can a router do with a packet that does not fit and must not be cut?",
        "It throws it away and says how much fits: packet too big. The laptop remembers, and cuts the next one itself. "
        "The server must learn the same for its answers, so it is the third ping that is answered.",
    ) as refused:
        pinged = laptop.tries("ping", "-6", "-n", "-c", "3", "-i", "0.2", "-W", "1", "-s", str(LARGE), web.plan.ip6)

    with lab.act(
        "TCP forbids to cut its packets, over IPv4 as well. The laptop fetches a page that fits into one large packet.",
        "The server does not know the thin wire. How does it find out what fits?",
        "It tries. The complaint of the router tells it the size, and it sends the same bytes again in two packets. "
        "That is path MTU discovery, and it hangs on that one complaint.",
    ) as discovered:
        curl_printed = laptop.types(*FETCH, *PAGE)
        way_printed = web.types("ip", "route", "get", laptop.ip)

    with ExitStack() as rule, ExitStack() as transfer:
        with lab.act(
            "Somebody thinks that ICMP is dangerous, and has the isp's router keep silent. The desk fetches the page.",
            "The connection opens, and the question arrives. What does the desk see of the page?",
            "Nothing, and nobody tells anybody why: small packets pass, and the large one vanishes each time. Such a "
            "way is called a black hole.",
        ) as hole:
            rule.enter_context(isp.silent_about_size())
            curl = transfer.enter_context(desk.dialogue(*FETCH, *PAGE))
            hole.waits_for(IP(src=web.ip, dst=desk.ip) / TCP(sport=80) / Raw(), times=SENT_IN_VAIN)
            printed_in_the_hole = curl.said

        with lab.act(
            "The rule is taken away, and nobody does anything else.",
            "The desk is still waiting. Must it ask again?",
            "No. The server goes on trying, after longer and longer pauses. Now it is told the size, and the page "
            "comes.",
        ) as mended:
            rule.close()
            curl.hears("bytes")
            transfer.close()

    with lab.act(
        "The rule is back, but now the home's router clamps: it lowers a number in the first packets of a connection.",
        "The isp's router still says nothing when a packet is too large. Why does the page come all the same?",
        "None is. The server, which has forgotten the size, believes that the desk itself takes no more than that.",
    ) as clamped:
        web.forgets_ways()
        with isp.silent_about_size(), router.clamping():
            printed_when_clamped = desk.types(*FETCH, *PAGE)
            way_when_clamped = web.run("ip", "route", "get", desk.ip).stdout

    return Seen(
        lab.plan,
        cut.capture,
        refused.capture,
        discovered.capture,
        hole.capture,
        mended.capture,
        clamped.capture,
        ping_printed,
        pinged.stdout,
        curl_printed,
        way_printed,
        printed_in_the_hole,
        curl.said,
        printed_when_clamped,
        way_when_clamped,
    )

"""Traffic: what went by at one desk, how much of it, and when."""

from dataclasses import dataclass
from ipaddress import ip_address
from itertools import repeat

from scapy.layers.inet import IP, TCP

from lab.capture import Capture
from lab.plan.model import Plan
from lab.running import Lab
from lab.scenario import Evidence, Svg, scenario
from lab.volume import Conversation, Group, bars, chart, conversations, volume

CLOSED = 8080
CURL = ("curl", "--silent", "--show-error", "--output", "/dev/null")


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires, how many bytes each group has on Alice's, the bars, and the picture."""

    busy: Capture
    bytes_of: dict[str, int]
    bars: tuple[str, ...]
    talks: tuple[str, ...]
    chart: Svg


@scenario("traffic", topology="office", shows="ip || arp")
def traffic(lab: Lab) -> Seen:
    """Tell it in one act; the counting needs no frame."""
    alice = lab["alice"]
    with lab.act(
        "Alice works: she asks for names, reads a page and a long text, looks whether a machine is there, and knocks "
        "at a door that is closed.",
        "Of which kind will most bytes be? And of which kind most packets that came to nothing?",
        "Of what TCP carries, by far: the rest is there so that this can be. What came to nothing is black, as in "
        "Wireshark.",
    ) as busy:
        alice.types("w3m", "-dump", "http://gallery.office.example/")
        alice.types("ping", "-n", "-c", "4", "-i", "0.1", "-q", "www.office.example")
        alice.types(*CURL, "http://www.rfc-editor.org/rfc/rfc2324.txt")
        alice.tries(*CURL, f"http://www.office.example:{CLOSED}/")
        busy.waits_for(IP(dst=alice.ip) / TCP(sport=CLOSED))

    counted = volume(tuple(busy.capture.on("floor")))
    drawn = tuple(bars(counted))
    lab.shows("", "Bytes on the wire of the desks, in forty slices of time:", "", *drawn)
    talks = tuple(map(told, conversations(busy.capture.on("floor")), repeat(lab.plan)))
    lab.shows("", "Who has spoken with whom there:", "", *talks)
    lab.shows("", "The picture is in chart.svg, beside the capture.")
    picture = Svg(chart(counted, "What went by at Alice's desk"))
    return Seen(lab.plan, busy.capture, {group.name: counted.of(group) for group in Group}, drawn, talks, picture)


def told(talk: Conversation, plan: Plan) -> str:
    """Say a conversation by the names of its nodes; a group of nodes has its address."""
    one, other = (
        plan.owners[ip].node if (ip := ip_address(end)) in plan.owners else end for end in (talk.one, talk.other)
    )
    return f"{one:>8} and {other:<11} {talk.frames:>4} frames  {talk.size:>7,} bytes"

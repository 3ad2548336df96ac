"""The hierarchy of names: who knows who knows the address, what is remembered for how long, and who stands in."""

from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME = "python.org"

DIG = ("dig", "+noedns", "+time=5", NAME)
"""What is typed: dig is told to be patient, since the resolver needs a second where a server is dead."""

CACHE = ("unbound-control", "-c", "/etc/unbound/lab.conf", "dump_cache")
"""What prints all that the resolver remembers, with the seconds that are left of it."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what the client printed."""

    cold: Capture
    remembered: Capture
    outdated: Capture
    stand_in: Capture
    printed: tuple[str, ...]


@scenario("dns-hierarchy", topology="internet", shows="dns || icmp.type == 3")
def dns_hierarchy(lab: Lab) -> Seen:
    """Tell it in four acts: from the root down, from memory, after the memory is outdated, and with a server dead."""
    laptop, resolver = lab["laptop"], lab["resolver"]
    printed = []

    with lab.act(
        f"The provider's resolver has never heard of {NAME}. It knows one thing: where a root server is.",
        "Nobody knows all names. Whom can the resolver ask, and what can the root answer?",
        "The root knows the servers of org, and those of org know the servers of python.org. Neither asks anybody; "
        "they only say who is nearer. The last one answers with authority.",
    ) as cold:
        printed.append(laptop.types(*DIG))

    with lab.act(
        "The same question once more, right afterwards.",
        "Which servers are asked this time?",
        "None. The resolver remembers the answer, for as many seconds as the answer said: its time to live.",
    ) as remembered:
        printed.append(laptop.types(*DIG))

    resolver.waits_while_says(rf"(?m)^{NAME}\.\t\d+\tIN\tA\t", *CACHE)
    with lab.act(
        f"Some seconds later the answer is outdated: {NAME} lets nobody remember it for longer than five seconds.",
        "Does the resolver begin at the root again?",
        "No. Who serves org, and who serves python.org, it may remember for minutes: only the last server is asked.",
    ) as outdated:
        printed.append(laptop.types(*DIG))

    resolver.forgets()
    with (
        lab["ns1"].out_of_service(),
        lab.act(
            f"The first server of {NAME} dies, and the resolver has forgotten everything.",
            "The name has two servers, on two continents. What does the client notice?",
            "A second of waiting. The dead server's machine says that nobody listens there; the resolver waits and "
            "asks once more, then finds out the other server's address, and that one answers.",
        ) as stand_in,
    ):
        printed.append(laptop.types(*DIG))
    resolver.forgets()

    return Seen(lab.plan, cold.capture, remembered.capture, outdated.capture, stand_in.capture, tuple(printed))

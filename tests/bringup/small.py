"""A small lab on paper: three nodes on one network, the last with a service that answers."""

from collections.abc import Mapping
from ipaddress import IPv4Interface, IPv4Network

from lab.bringup import Blueprint
from lab.converging import recipes
from lab.kinds.kind import File, Question, Setup
from lab.plan.model import Interface, NodePlan, Plan, Segment
from lab.topology.model import UNIMPAIRED, Delays, Frozen, Impairment


class Options(Frozen):
    """What the topology says of a node."""

    words: object


ASKED = Question("tcp", 80, b"GET / HTTP/1.0\r\n\r\n", rb"HTTP/1\.[01] 200")
UNIMPAIRED_ALL: Mapping[str, Impairment] = {}
SETUPS = {
    "a": Setup(user="root", capabilities=frozenset({"NET_RAW"})),
    "b": Setup(user="root", capabilities=frozenset({"NET_RAW"})),
    "web": Setup(
        command=("python3", "-u", "-m", "http.server", "80", "--directory", "/srv/pages"),
        user="nobody",
        files=(File("/srv/pages/index.html", "hello\n"),),
        ready=(ASKED,),
    ),
}


def end(node: str, number: int, impairment: Impairment = UNIMPAIRED) -> Interface:
    address, mac = IPv4Interface(f"10.0.0.{number}/24"), f"02:00:00:00:00:{number:02x}"
    return Interface(node, "lan", address, mac, f"p{number}", impairment=impairment)


def small_plan(impairments: Mapping[str, Impairment] = UNIMPAIRED_ALL, delays: Delays = "any", **setups: Setup) -> Plan:
    """Return the plan, with other setups for some of its nodes, and with wires that are not perfect."""
    ends = {name: end(name, number, impairments.get(name, UNIMPAIRED)) for number, name in enumerate(SETUPS, start=1)}
    nodes = {name: NodePlan(name, "host", (ends[name],), (), None, setup) for name, setup in (SETUPS | setups).items()}
    lan = Segment("lan", IPv4Network("10.0.0.0/24"), "b1", tuple(ends.values()))
    return Plan("small", (lan,), nodes, delays=delays)


def blueprint(image: str = "any", digest: str = "one", plan: Plan | None = None, **options: object) -> Blueprint:
    """Return what a lab is made from; ``options`` are what the topology says of nodes, by their names."""
    plan = plan or small_plan()
    drawn = {name: Options(words=options.get(name, "")) for name in plan.nodes}
    return Blueprint(plan, "name: small\n", digest, image, recipes(drawn, plan, image))

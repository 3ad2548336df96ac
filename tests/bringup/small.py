"""A small lab on paper: three nodes on one network, the last with a service that answers."""

from ipaddress import IPv4Interface, IPv4Network

from lab.bringup import Blueprint
from lab.kinds.kind import File, Question, Setup
from lab.plan.model import Interface, NodePlan, Plan, Segment

ASKED = Question("tcp", 80, b"GET / HTTP/1.0\r\n\r\n", rb"HTTP/1\.[01] 200")
SETUPS = {
    "a": Setup(user="root", capabilities=frozenset({"NET_RAW"})),
    "b": Setup(user="root", capabilities=frozenset({"NET_RAW"})),
    "web": Setup(
        command=("python3", "-u", "-m", "http.server", "80", "--directory", "/srv/pages"),
        user="nobody",
        files=(File("/srv/pages/index.html", "hello\n"),),
        ready=ASKED,
    ),
}


def end(node: str, number: int) -> Interface:
    return Interface(node, "lan", IPv4Interface(f"10.0.0.{number}/24"), f"02:00:00:00:00:{number:02x}", f"p{number}")


def small_plan(**setups: Setup) -> Plan:
    """Return the plan, with other setups for some of its nodes."""
    ends = {name: end(name, number) for number, name in enumerate(SETUPS, start=1)}
    nodes = {name: NodePlan(name, "host", (ends[name],), (), None, setup) for name, setup in (SETUPS | setups).items()}
    lan = Segment("lan", IPv4Network("10.0.0.0/24"), "b1", tuple(ends.values()))
    return Plan("small", (lan,), nodes)


def blueprint(image: str = "any", digest: str = "one", plan: Plan | None = None) -> Blueprint:
    return Blueprint(plan or small_plan(), "name: small\n", digest, image)

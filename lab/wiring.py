"""From a plan to the tasks of its wiring: what is done to the nodes and the switch from outside. Pure.

The tasks are carried out by ``images/node/rootfs/usr/lib/wiretale/wire``, in a container that sees all processes.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from lab.kinds.kind import File, Question
from lab.plan.model import Interface, NodePlan, Plan, Segment

Task = dict[str, Any]
Job = list[Task]
"""One line of the wiring's input: tasks that are done in order, answered by one line."""

MARKER_FILE = "/run/wiretale/lab.json"


def wires(plan: Plan, switch: int, pids: Mapping[str, int]) -> Job:
    """Lay all wires, then address and furnish each node; ``switch`` and ``pids`` are process ids."""
    furnished = [task for node in plan.nodes.values() for task in _furnish(plan, node, pids[node.name])]
    return [{"do": "ip", "pid": switch, "batch": list(_switch(plan, pids))}, *furnished]


def releases(pids: Mapping[str, int]) -> Job:
    """Tell each node that its wires are there."""
    return [{"do": "release", "pid": pid} for pid in pids.values()]


def questions(plan: Plan, pids: Mapping[str, int], within: float) -> Job:
    """Ask every service for a sign of life, for at most ``within`` seconds."""
    asked = [
        {"node": node.name, "pid": pids[node.name], "question": question(node.setup.ready)}
        for node in plan.nodes.values()
        if node.setup.ready
    ]
    return [{"do": "ask", "questions": asked, "within": within}]


def forgets(plan: Plan, switch: int, pids: Mapping[str, int]) -> Job:
    """Forget what is learnt: neighbours, connections where they are tracked, and in the switch who is at which port."""
    flush = [f"link set {segment.bridge} type bridge fdb_flush" for segment in plan.segments]
    nodes = [
        {"do": "forget", "pid": pids[node.name], "conntrack": bool(node.setup.firewall)} for node in plan.nodes.values()
    ]
    return [{"do": "ip", "pid": switch, "batch": flush}, *nodes]


def plugs(switch: int, end: Interface, state: str) -> Job:
    """Plug the cable of an interface into the switch ("up"), or pull it out ("down")."""
    return [{"do": "ip", "pid": switch, "batch": [f"link set {end.port} {state}"]}]


def pins(pid: int, dev: str, ip: str, mac: str) -> Job:
    """Write down for good where a neighbour is: what is learnt does not change it."""
    return _neighbour(pid, f"replace {ip} lladdr {mac} dev {dev} nud permanent")


def unpins(pid: int, dev: str, ip: str, believed: str | None) -> Job:
    """Make a neighbour's entry what it was: learnt, and open to change; None is for one that was not there."""
    return _neighbour(pid, f"replace {ip} lladdr {believed} dev {dev} nud stale" if believed else f"del {ip} dev {dev}")


def _neighbour(pid: int, change: str) -> Job:
    return [{"do": "ip", "pid": pid, "batch": [f"neigh {change}"]}]


def filters(pid: int, script: str) -> Job:
    """Load an nftables script."""
    return [{"do": "firewall", "pid": pid, "script": script}]


def redirection(port: int, to: int) -> str:
    """Return the rule that hands TCP connections to ``port``, bound for others, to this node's own port ``to``."""
    return (
        "table ip redirection {\n"
        "\tchain passing {\n"
        "\t\ttype nat hook prerouting priority dstnat; policy accept;\n"
        f"\t\ttcp dport {port} redirect to :{to}\n"
        "\t}\n"
        "}\n"
    )


def ends_redirection(pid: int) -> Job:
    """Take the rule away, and forget the connections that it changed."""
    return [*filters(pid, "delete table ip redirection\n"), {"do": "forget", "pid": pid, "conntrack": True}]


def inspection(segment: Segment) -> str:
    """Return the rules that let ARP into the switch only from the address and MAC which belong to the port."""
    rules = "".join(
        f'\t\tiifname "{end.port}" arp saddr ip != {end.ip} drop comment "{end}"\n'
        f'\t\tiifname "{end.port}" arp saddr ether != {end.mac} drop\n'
        for end in segment.ports
    )
    return (
        "table bridge inspection {\n"
        "\tchain entering {\n"
        "\t\ttype filter hook prerouting priority filter; policy accept;\n"
        f"{rules}"
        "\t}\n"
        "}\n"
    )


def ends_inspection(switch: int) -> Job:
    """Take the rules away."""
    return filters(switch, "delete table bridge inspection\n")


def _switch(plan: Plan, pids: Mapping[str, int]) -> Iterator[str]:
    """Yield the switch's batch: a bridge per network that never speaks, and a port per interface."""
    yield "link set lo up"
    for segment in plan.segments:
        yield f"link add {segment.bridge} type bridge stp_state 0 mcast_snooping 0 forward_delay 0"
        yield f"link set {segment.bridge} up"
        for end in segment.ports:
            yield (
                f"link add {end.port} master {segment.bridge} type veth"
                f" peer name {end.network} address {end.mac} netns {pids[end.node]}"
            )
            yield f"link set {end.port} up alias {end}"


def _furnish(plan: Plan, node: NodePlan, pid: int) -> Iterator[Task]:
    yield {"do": "ip", "pid": pid, "batch": list(_addresses(node))}
    yield {"do": "offloads", "pid": pid, "interfaces": [end.network for end in node.interfaces]}
    if node.setup.firewall:
        yield {"do": "firewall", "pid": pid, "script": node.setup.firewall}
    yield {"do": "files", "pid": pid, "files": [_file(file) for file in (*_own_files(plan, node), *node.setup.files)]}


def _addresses(node: NodePlan) -> Iterator[str]:
    """Yield a node's batch: addresses, quiet neighbours, routes.

    With ``locktime 0`` a neighbour's entry may change at once; with ``delay_probe`` at an hour a used entry is not
    probed five seconds later, which would put an ARP request into the evidence now and then.
    """
    yield "link set lo up"
    for end in node.interfaces:
        yield f"addr add {end.address} broadcast + dev {end.network}"
        yield f"link set dev {end.network} up"  # a network may be called "up", or "type"
        yield f"ntable change name arp_cache dev {end.network} locktime 0 delay_probe 3600000"
    for route in node.routes:
        yield f"route add {route.to} via {route.via} dev {route.dev}"


def _own_files(plan: Plan, node: NodePlan) -> Iterator[File]:
    """Yield the files that every node gets: names, resolver, and the mark that this is a lab."""
    networks = {end.network: str(end.address.network) for end in node.interfaces}
    marker = {"topology": plan.topology, "node": node.name, "networks": networks}
    yield File("/etc/hosts", f"127.0.0.1 localhost\n{node.ip} {node.name}\n")
    yield File("/etc/resolv.conf", _resolver(node))
    yield File(MARKER_FILE, json.dumps(marker) + "\n")


def _resolver(node: NodePlan) -> str:
    """Return resolv.conf(5): one try of one second, and no question for AAAA beside each one for A (glibc 2.36)."""
    if node.resolver is None:
        return "# no resolver in reach\n"
    return f"nameserver {node.resolver}\noptions timeout:1 attempts:1 no-aaaa\n"


def _file(file: File) -> Task:
    return {"path": file.path, "mode": file.mode, "content": _text(file.content.encode())}


def question(asked: Question) -> Task:
    """Return a question as the programs in the image take it."""
    return {
        "transport": asked.transport,
        "port": asked.port,
        "send": _text(asked.send),
        "expect": _text(asked.expect),
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")

"""From a plan to the tasks of its wiring: what is done to the nodes and the switch from outside. Pure.

The tasks are carried out by ``images/node/rootfs/usr/lib/wiretale/wire``, in a container that sees all processes.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from lab.kinds.kind import File, Question
from lab.plan.model import NodePlan, Plan

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
        yield f"link set {end.network} up"
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

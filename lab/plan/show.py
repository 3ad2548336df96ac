"""A plan to look at: as text for people, and as plain values for JSON."""

from collections.abc import Iterator
from shlex import join
from typing import Any

from lab.kinds.kind import File, Setup
from lab.plan.model import Interface, NodePlan, Plan, Route, Segment
from lab.topology.model import ETHERNET_MTU, UNIMPAIRED


def as_text(plan: Plan) -> str:
    """Return the plan as lines: each network with its ports, then each node with all that it gets."""
    parts = [f"{plan.topology}: {len(plan.nodes)} nodes on {len(plan.segments)} networks"]
    parts += ["\n".join(_segment_lines(segment)) for segment in plan.segments]
    parts += ["\n".join(_node_lines(node)) for node in plan.nodes.values()]
    return "\n\n".join(parts) + "\n"


def as_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as what JSON knows, always in the same order."""
    return {
        "topology": plan.topology,
        "delays": plan.delays,
        "networks": {segment.name: _segment_json(segment) for segment in plan.segments},
        "nodes": {name: _node_json(node) for name, node in plan.nodes.items()},
    }


def _segment_lines(segment: Segment) -> Iterator[str]:
    yield f"network {segment.name}: {', '.join(_segment_words(segment))}"
    for port in segment.ports:
        address = str(port.address.ip) if port.address else "by DHCP"
        yield f"  {port.port:<5} {address:<15} {port.mac}  {port.node}"


def _segment_words(segment: Segment) -> Iterator[str]:
    yield str(segment.subnet)
    if segment.ipv6:
        yield str(segment.ipv6)
    if segment.mtu != ETHERNET_MTU:
        yield f"MTU {segment.mtu}"
    yield f"bridge {segment.bridge}"


def _node_lines(node: NodePlan) -> Iterator[str]:
    yield f"node {node.name}: {node.kind}"
    if node.system:
        yield f"  system     {node.system}"
    if node.place:
        yield f"  place      {node.place.city}, {node.place.country}"
    for interface in node.interfaces:
        words = [*_addresses(interface), f"port {interface.port}", *_impairments(interface)]
        yield f"  interface  {interface.network}: {', '.join(words)}"
    for route in node.routes:
        yield f"  route      {_destination(route.to)} via {route.via} on {route.dev}"
    for route in node.learns:
        yield f"  learns     {_destination(route.to)} via {route.via} on {route.dev}"
    if node.resolver:
        yield f"  resolver   {node.resolver}"
    yield from _setup_lines(node.setup)


def _addresses(interface: Interface) -> Iterator[str]:
    if interface.leased:
        yield f"{interface.address} kept for it by DHCP" if interface.address else "an address by DHCP"
    elif interface.address:
        yield str(interface.address)
    yield from map(str, interface.more)
    if interface.address6:
        yield f"{interface.address6} by SLAAC" if interface.slaac else str(interface.address6)
    yield interface.mac


def _impairments(interface: Interface) -> Iterator[str]:
    impairment = interface.impairment
    if impairment.delay:
        yield f"delay {impairment.delay} us"
    if impairment.rate:
        yield f"rate {impairment.rate} bit/s"
    if impairment.loss:
        yield f"loss 1/{impairment.loss}"


def _setup_lines(setup: Setup) -> Iterator[str]:
    if setup.command:
        yield f"  command    {join(setup.command)} (as {setup.user})"
    if setup.login:
        yield f"  login      {setup.login}"
    if setup.answers:
        yield f"  answers    {setup.answers}"
    for capability in sorted(setup.capabilities):
        yield f"  capability {capability}"
    for name, value in sorted(setup.sysctls.items()):
        yield f"  sysctl     {name}={value}"
    for line in setup.firewall.splitlines():
        yield f"  firewall   {line.expandtabs(4)}".rstrip()
    for file in setup.files:
        yield f"  file       {file.path}"
        yield from (f"    | {line.expandtabs(4)}".rstrip() for line in file.content.splitlines())


def _destination(network: object) -> str:
    return "default" if str(network) in ("0.0.0.0/0", "::/0") else str(network)


def _segment_json(segment: Segment) -> dict[str, Any]:
    ports = [
        {"port": port.port, "node": port.node, "address": port.ip if port.address else None, "mac": port.mac}
        for port in segment.ports
    ]
    return {
        "subnet": str(segment.subnet),
        "ipv6": str(segment.ipv6) if segment.ipv6 else None,
        "mtu": segment.mtu,
        "bridge": segment.bridge,
        "ports": ports,
    }


def _node_json(node: NodePlan) -> dict[str, Any]:
    return {
        "kind": node.kind,
        "system": node.system,
        "place": node.place.model_dump() if node.place else None,
        "interfaces": [_interface_json(interface) for interface in node.interfaces],
        "routes": [_route_json(route) for route in node.routes],
        "learns": [_route_json(route) for route in node.learns],
        "resolver": str(node.resolver) if node.resolver else None,
        **_setup_json(node.setup),
    }


def _route_json(route: Route) -> dict[str, Any]:
    return {"to": str(route.to), "via": str(route.via), "dev": route.dev}


def _interface_json(interface: Interface) -> dict[str, Any]:
    return {
        "network": interface.network,
        "address": str(interface.address) if interface.address else None,
        "leased": interface.leased,
        "more": list(map(str, interface.more)),
        "ipv6": str(interface.address6) if interface.address6 else None,
        "slaac": interface.slaac,
        "mac": interface.mac,
        "port": interface.port,
        "impairment": None if interface.impairment == UNIMPAIRED else interface.impairment.model_dump(),
    }


def _setup_json(setup: Setup) -> dict[str, Any]:
    return {
        "command": list(setup.command),
        "user": setup.user,
        "login": setup.login or setup.user,
        "answers": setup.answers,
        "capabilities": sorted(setup.capabilities),
        "sysctls": dict(sorted(setup.sysctls.items())),
        "firewall": setup.firewall,
        "files": [_file_json(file) for file in setup.files],
    }


def _file_json(file: File) -> dict[str, Any]:
    return {"path": file.path, "mode": f"{file.mode:04o}", "content": file.content}

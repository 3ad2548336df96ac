"""From a plan to the tasks of its wiring: what is done to the nodes and the switch from outside. Pure.

The tasks are carried out by ``images/node/rootfs/usr/lib/wiretale/wire``, in a container that sees all processes.
"""

import base64
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from ipaddress import IPv4Interface, IPv6Interface
from typing import Any

from lab import impairments
from lab.kinds.kind import File, Question
from lab.plan import ipv6
from lab.plan.model import Interface, NodePlan, Plan, Route, Segment
from lab.topology.model import ETHERNET_MTU

Task = dict[str, Any]
Job = list[Task]
"""One line of the wiring's input: tasks that are done in order, answered by one line."""

FORGETS_WITHIN = 5.0
"""Seconds that a service may take to forget what it learnt."""

ALONE_AFTER = 100
"""Milliseconds for which a host waits for somebody who has the address that it wants; in a lab they answer at once."""

MARKER_FILE = "/run/wiretale/lab.json"


def wires(plan: Plan, switch: int, pids: Mapping[str, int], furnished: Container[str] = ()) -> Job:
    """Lay all wires, then address and furnish each node; ``switch`` and ``pids`` are process ids.

    Nodes that are ``furnished`` have lost their switch: what is left of their wires goes first, and the rest stays.
    """
    kept = [node for node in plan.nodes.values() if node.name in furnished]
    lost = [_cut(pids[node.name], [end.network for end in node.interfaces]) for node in kept]
    fresh = [node for node in plan.nodes.values() if node.name not in furnished]
    laid: Task = {"do": "ip", "pid": switch, "batch": list(_switch(plan, pids))}
    impaired = [*_impaired(switch, plan.ends), *_losses(plan, switch)]
    wired = [task for node in kept for task in _wired(node, pids[node.name])]
    furnished_now = [task for node in fresh for task in _furnish(plan, node, pids[node.name])]
    return [*lost, *_in_order([switch, *pids.values()]), laid, *impaired, *wired, *furnished_now]


def joins(plan: Plan, switch: int, pids: Mapping[str, int]) -> Job:
    """Lay the wires of some nodes, beside those that there are, and furnish them; old ports of theirs go first."""
    ends = [(segment, end) for segment in plan.segments for end in segment.ports if end.node in pids]
    batch = [line for segment, end in ends for line in _port(segment, end, pids[end.node])]
    furnished = [task for name, pid in pids.items() for task in _furnish(plan, plan.nodes[name], pid)]
    old = [port for _, end in ends for port in impairments.interfaces(end)]
    impaired = _impaired(switch, [end for _, end in ends])
    laid: Task = {"do": "ip", "pid": switch, "batch": batch}
    return [_cut(switch, old), *_in_order(pids.values()), laid, *impaired, *furnished]


def _in_order(pids: Iterable[int]) -> Job:
    """Have what comes over the wires that are laid into these networks next be taken as it was sent, in its order."""
    return [{"do": "in_order", "pid": pid} for pid in pids]


def _impaired(switch: int, ends: Iterable[Interface]) -> Iterator[Task]:
    """Yield what slows down and delays what is on the wires of these ends."""
    ends = tuple(ends)
    yield from _queues(switch, impairments.queues_of_switch(ends))
    if wires := impairments.wires(ends):
        hubs, netems = impairments.hubs(wires), impairments.netems(wires)
        yield {"do": "delay", "pid": switch, "ways": impairments.ways(wires), "hubs": hubs, "queues": netems}


def tries_qdisc(kind: str) -> Job:
    """Ask why the kernel does not have a queueing discipline; the answer is one text, which is empty where it does."""
    return [{"do": "try_qdisc", "kind": kind}]


def lets_out(pids: Iterable[int], within: float) -> Job:
    """Wait until nodes have sent what waits before a slow wire of theirs; for at most ``within`` seconds each."""
    return [{"do": "let_out", "pid": pid, "within": within} for pid in pids]


def _queues(pid: int, batch: list[str]) -> Job:
    return [{"do": "tc", "pid": pid, "batch": batch}] if batch else []


def _losses(plan: Plan, switch: int) -> Job:
    """Load the rules that lose frames, so that they count anew."""
    script = impairments.losses(plan.ends)
    return filters(switch, script) if script else []


def signs(plan: Plan, switch: int, pids: Mapping[str, int]) -> Job:
    """Write on the ports whose they are: a node without is not whole yet, or not any more."""
    ends = [end for segment in plan.segments for end in segment.ports if end.node in pids]
    batch = [f"link set {end.port} alias {sign(end, pids[end.node])}" for end in ends]
    return [{"do": "ip", "pid": switch, "batch": batch}]


def sign(end: Interface, pid: int) -> str:
    """Return what is written on a port: the interface, and the process whose network it is in."""
    return f"{end}@{pid}"


def waiting(pids: Mapping[str, int]) -> Job:
    """Ask which nodes still wait for their wires; the answer is a list of process ids."""
    return [{"do": "waiting", "pids": list(pids.values())}]


def _cut(pid: int, interfaces: list[str]) -> Task:
    return {"do": "cut", "pid": pid, "interfaces": interfaces}


def releases_again(pid: int) -> Job:
    """Have a node begin its service anew, after it was killed."""
    return [{"do": "release", "pid": pid}]


def releases(plan: Plan, pids: Mapping[str, int], within: float) -> Job:
    """Tell each of these nodes that its wires are there; those that begin after others, when the others are ready."""
    nodes = [node for node in plan.nodes.values() if node.name in pids]
    awaited = {name for node in nodes for name in node.after}
    job: Job = []
    for several in _in_turn(nodes):
        names = [node.name for node in several]
        job += makes_addresses(plan, {name: pids[name] for name in names}, within)
        job += [{"do": "release", "pid": pids[name]} for name in names]
        job += _asking([node for node in several if node.name in awaited], pids, within)
    return job


def _in_turn(nodes: Iterable[NodePlan]) -> Iterator[tuple[NodePlan, ...]]:
    """Yield nodes, always those together for which everybody is there whom they wait for."""
    waiting = tuple(nodes)
    while waiting:
        names = {node.name for node in waiting}
        # Who waits for each other in a ring begins at last all the same.
        several = tuple(node for node in waiting if not names.intersection(node.after)) or waiting
        yield several
        waiting = tuple(node for node in waiting if node not in several)


def makes_addresses(plan: Plan, pids: Mapping[str, int], within: float) -> Job:
    """Switch on the interfaces that make their addresses themselves, and wait for these: a service may need them."""
    listening = [
        (node, end) for node in plan.nodes.values() if node.name in pids for end in node.interfaces if end.slaac
    ]
    switched_on = [task for node, end in listening for task in switches_on(node, end, pids[node.name])]
    return [*switched_on, *_asked({node.name: (ipv6.made(end),) for node, end in listening}, pids, within)]


def switches_on(node: NodePlan, end: Interface, pid: int, switch: int | None = None) -> Job:
    """Switch an interface of a node on: its addresses are known to it, its routes come back.

    Of a ``switch`` it is awaited that its port lets frames through, some milliseconds after the cable has a signal; the
    first question about an address would be lost before.
    """
    on = {"do": "ip", "pid": pid, "batch": list(_on(node, end))}
    ready = [] if switch is None else [{"do": "forwards", "pid": switch, "port": end.port}]
    begins = {f"net/ipv6/conf/{end.network}/addr_gen_mode": "0"}
    return [on, *ready, *([{"do": "settings", "pid": pid, "values": begins}] if end.slaac else [])]


def switches_off(end: Interface, pid: int) -> Job:
    """Switch an interface off: its routes are gone, and so is every IPv6 address."""
    quiet = [_makes_none(end)] if end.slaac else []
    return [{"do": "ip", "pid": pid, "batch": [f"link set dev {end.network} down", *quiet]}]


def _makes_none(end: Interface) -> str:
    return f"link set dev {end.network} addrgenmode none"


def questions(plan: Plan, pids: Mapping[str, int], within: float) -> Job:
    """Ask the services of these nodes for a sign of life, for at most ``within`` seconds."""
    return _asking([node for node in plan.nodes.values() if node.name in pids], pids, within)


def _asking(nodes: Iterable[NodePlan], pids: Mapping[str, int], within: float) -> Job:
    return _asked({node.name: node.setup.ready for node in nodes}, pids, within)


def _asked(questions: Mapping[str, Iterable[Question]], pids: Mapping[str, int], within: float) -> Job:
    asked = [
        {"node": node, "pid": pids[node], "question": question(one)} for node, some in questions.items() for one in some
    ]
    return [{"do": "ask", "questions": asked, "within": within}] if asked else []


def forgets(plan: Plan, switch: int, pids: Mapping[str, int]) -> Job:
    """Forget what is learnt: by services, of neighbours and path MTUs, of connections, and in the switch of ports.

    Firewalls are loaded anew: a NAT remembers in its own sets who got which address of its pool. Losses are counted
    anew behind all that. Routers that hold sessions with each other talk all the time, and keep what they know of each
    other.
    """
    flush = [f"link set {segment.bridge} type bridge fdb_flush" for segment in plan.segments]
    services = {node.name: node.setup.forgets for node in plan.nodes.values()}
    firewalls = [task for node in plan.nodes.values() for task in _firewall(node, pids[node.name])]
    nodes = [_forgetting(plan, node, pids[node.name]) for node in plan.nodes.values()]
    flushed = {"do": "ip", "pid": switch, "batch": flush}
    asked = _asked(services, pids, FORGETS_WITHIN)
    return [flushed, *asked, *firewalls, *nodes, *_losses(plan, switch)]


def _forgetting(plan: Plan, node: NodePlan, pid: int) -> Task:
    interfaces = [end.network for end in node.interfaces if end.network not in plan.talking]
    return {
        "do": "forget",
        "pid": pid,
        "interfaces": interfaces,
        "ipv6": node.speaks_ipv6,
        "conntrack": bool(node.setup.firewall),
    }


def _firewall(node: NodePlan, pid: int) -> Job:
    return filters(pid, node.setup.firewall) if node.setup.firewall else []


def plugs(switch: int, ends: Iterable[Interface], state: str) -> Job:
    """Plug the cables of interfaces into the switch ("up"), or pull them out ("down"), at both ends of a long wire."""
    ports = [port for end in ends for port in dict.fromkeys((end.port, end.entry))]
    return [{"do": "ip", "pid": switch, "batch": [f"link set {port} {state}" for port in ports]}]


def service_forgets(node: NodePlan, pid: int) -> Job:
    """Have the services of a node forget what they learnt."""
    return _asked({node.name: node.setup.forgets}, {node.name: pid}, FORGETS_WITHIN)


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


def mangles(pid: int, choices: Iterable[Mapping[str, object]]) -> Job:
    """Choose frames that the program which delays them shall treat badly."""
    return [{"do": "mangle", "pid": pid, **choice} for choice in choices]


def spares(pid: int, names: Iterable[str]) -> Job:
    """Take choices back."""
    return [{"do": "spare", "pid": pid, "name": name} for name in names]


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
    return [
        *filters(pid, "delete table ip redirection\n"),
        {"do": "forget", "pid": pid, "interfaces": [], "conntrack": True},
    ]


def silence_about_size() -> str:
    """Return the rules by which a router keeps to itself that a packet was too large: what many a firewall does."""
    return (
        "table inet silence {\n"
        "\tchain complaints {\n"
        "\t\ttype filter hook output priority filter; policy accept;\n"
        "\t\ticmp type destination-unreachable icmp code frag-needed drop\n"
        "\t\ticmpv6 type packet-too-big drop\n"
        "\t}\n"
        "}\n"
    )


def clamp() -> str:
    """Return the rules by which a router writes into SYNs what the way onwards carries (RFC 4459, section 3.2)."""
    return (
        "table inet clamp {\n"
        "\tchain passing {\n"
        "\t\ttype filter hook forward priority mangle; policy accept;\n"
        "\t\ttcp flags syn tcp option maxseg size set rt mtu\n"
        "\t}\n"
        "}\n"
    )


def ends(pid: int, table: str) -> Job:
    """Take the rules of an nftables table away."""
    return filters(pid, f"delete table inet {table}\n")


def ways_forgotten(node: NodePlan, pid: int) -> Job:
    """Have a node forget what it learnt of the sizes that ways carry."""
    return [{"do": "forget", "pid": pid, "interfaces": [], "ipv6": node.speaks_ipv6, "conntrack": False}]


def inspection(segment: Segment) -> str:
    """Return the rules that let ARP into the switch only from the address and MAC which belong to the port."""
    rules = "".join(
        f'\t\tiifname "{end.entry}" arp saddr ip != {_own(end)} drop comment "{end}"\n'
        f'\t\tiifname "{end.entry}" arp saddr ether != {end.mac} drop\n'
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


def _own(end: Interface) -> str:
    """Return the IPv4 addresses that an interface may claim, as nftables writes one or several."""
    more = [str(address.ip) for address in end.more]
    return f"{{ {', '.join([end.ip, *more])} }}" if more else end.ip


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
            yield from _port(segment, end, pids[end.node])
            yield f"link set {end.port} alias {sign(end, pids[end.node])}"


def _port(segment: Segment, end: Interface, pid: int) -> Iterator[str]:
    mtu = f" mtu {end.mtu}" if end.mtu != ETHERNET_MTU else ""
    plug = f" master {segment.bridge}"
    yield (
        f"link add {end.port}{mtu}{'' if end.is_delayed else plug} type veth"
        f" peer name {end.network} address {end.mac}{mtu} netns {pid}"
    )
    yield f"link set {end.port} up"
    for wire in impairments.wires([end]):
        yield f"link add {wire.entry}{mtu}{plug} type veth peer name {wire.helper}{mtu}"
        yield f"link set {wire.entry} up"
        yield f"link set {wire.helper} up"


def _wired(node: NodePlan, pid: int) -> Iterator[Task]:
    if settings := _settings(node):
        yield {"do": "settings", "pid": pid, "values": settings}
    yield {"do": "ip", "pid": pid, "batch": list(_addresses(node))}
    yield {"do": "offloads", "pid": pid, "interfaces": [end.network for end in node.interfaces]}
    yield from _queues(pid, impairments.queues_of_node(node))


def _furnish(plan: Plan, node: NodePlan, pid: int) -> Iterator[Task]:
    yield from _wired(node, pid)
    yield from _firewall(node, pid)
    yield {"do": "files", "pid": pid, "files": [_file(file) for file in (*_own_files(plan, node), *node.setup.files)]}


def _settings(node: NodePlan) -> Mapping[str, str]:
    """Return what single interfaces are told, where a node listens on another one."""
    given = [end for end in node.interfaces if node.listens and end.address6 and not end.slaac]
    return {name.replace(".", "/"): value for end in given for name, value in ipv6.own_settings(end).items()}


def _addresses(node: NodePlan) -> Iterator[str]:
    """Yield a node's batch: addresses, quiet neighbours, routes; who makes an address itself is switched on later."""
    yield "link set lo up"
    for end in node.interfaces:
        if node.speaks_ipv6 and (end.slaac or not end.address6):  # none yet, or none at all
            yield _makes_none(end)
        for address in _given(end):
            broadcast = " broadcast +" if address.version == 4 else ""
            yield f"addr add {address}{broadcast} dev {end.network}"
    for end in node.interfaces:
        if not end.slaac:
            yield from _up(end)
    later = {end.network for end in node.interfaces if end.slaac}
    yield from (_route(route) for route in node.routes if route.dev not in later)


def _on(node: NodePlan, end: Interface) -> Iterator[str]:
    yield from _up(end)
    yield from (_route(route) for route in node.routes if route.dev == end.network)


def _up(end: Interface) -> Iterator[str]:
    """Yield what switches an interface on, and keeps its neighbours quiet.

    With ``locktime 0`` a neighbour's entry may change at once; with ``delay_probe`` at an hour a used entry is not
    probed five seconds later, which would put an ARP request, or a solicitation, into the evidence now and then. Who
    makes sure that it is alone with its address waits for ``retrans`` milliseconds (RFC 4862, 5.4).
    """
    if end.address6:
        retrans = f" retrans {ALONE_AFTER}" if end.slaac else ""
        yield f"ntable change name ndisc_cache dev {end.network} delay_probe 3600000{retrans}"
    yield f"link set dev {end.network} up"  # a network may be called "up", or "type"
    yield f"ntable change name arp_cache dev {end.network} locktime 0 delay_probe 3600000"


def _route(route: Route) -> str:
    return f"route add {route.to} via {route.via} dev {route.dev}"


def _given(end: Interface) -> Iterator[IPv4Interface | IPv6Interface]:
    """Yield the addresses that an interface is given: none that the node leases, or makes itself."""
    if end.address and not end.leased:
        yield end.address
    yield from end.more
    if end.address6 and not end.slaac:
        yield end.address6


def _own_files(plan: Plan, node: NodePlan) -> Iterator[File]:
    """Yield the files that every node gets: names, resolver, and the mark that this is a lab."""
    networks = {port.network: str(plan.segment(port.network).subnet) for port in node.interfaces}
    marker = {"topology": plan.topology, "node": node.name, "networks": networks}
    yield File("/etc/hosts", "".join(f"{address} {name}\n" for address, name in _names(node)))
    yield File("/etc/resolv.conf", _resolver(node))
    yield File(MARKER_FILE, json.dumps(marker) + "\n")


def _names(node: NodePlan) -> Iterator[tuple[str, str]]:
    yield "127.0.0.1", "localhost"
    if node.speaks_ipv6:
        yield "::1", "localhost"
    yield from ((str(address.ip), node.name) for address in node.interfaces[0].addresses[:1])


def _resolver(node: NodePlan) -> str:
    """Return resolv.conf(5): one try of one second, and no question for AAAA where no IPv6 is spoken (glibc 2.36)."""
    if node.resolver is None:
        return "# no resolver in reach\n"
    quiet = "" if node.speaks_ipv6 else " no-aaaa"
    return f"nameserver {node.resolver}\noptions timeout:1 attempts:1{quiet}\n"


def _file(file: File) -> Task:
    return {"path": file.path, "mode": file.mode, "content": _text(file.content.encode())}


def question(asked: Question) -> Task:
    """Return a question as the programs in the image take it."""
    return {
        "transport": asked.transport,
        "port": asked.port,
        "send": _text(asked.send),
        "expect": _text(asked.expect),
        "path": asked.path,
        "whole": _text(asked.whole),
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")

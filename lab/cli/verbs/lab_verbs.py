"""The verbs of labs: bring one up, look at it, enter its nodes, and take it down."""

import sys
from datetime import UTC, datetime

from lab.bringup import Found, State
from lab.cli import terminal
from lab.cli.card import in_order
from lab.cli.program import ROOT, SCENARIOS
from lab.cli.terminal import Lines
from lab.client import NO_LAB, Client, Health
from lab.errors import InputError
from lab.plan import NodePlan, Plan
from lab.scenario import announced


def up(topology: str, name: str) -> None:
    """Bring a lab up and show its nodes."""
    listener = terminal.listener()
    client = Client.connected(listener)
    found, changes = client.up(topology, name)
    plan = client.plan_of(found)
    terminal.table(("node", "kind", "addresses", "what answers"), [_row(node) for node in plan.nodes.values()])
    if changes:
        terminal.say(_where_the_time_went(listener))
    else:
        terminal.say(f"'{found.instance.name}' is up already; nothing was changed.")
    terminal.say(_worth_trying(plan, found))


def _row(node: NodePlan) -> tuple[str, str, str, str]:
    addresses = "  ".join(f"{end.network} {end.address.ip if end.address else 'by DHCP'}" for end in node.interfaces)
    return node.name, node.kind, addresses, node.setup.answers


def _where_the_time_went(listener: Lines) -> str:
    outermost = [timing for timing in listener.timings if timing.depth == 0]
    parts = ", ".join(f"{timing.what} {timing.seconds:.2f} s" for timing in outermost)
    return f"Up after {sum(timing.seconds for timing in outermost):.2f} s: {parts}."


def _worth_trying(plan: Plan, found: Found) -> str:
    told_here = [name for name, topology in announced(SCENARIOS).items() if topology == plan.topology]
    stories = [f"./invoke run scenario={name}" for name in told_here[:2]]
    hosts = [node.name for node in plan.nodes.values() if not node.setup.answers]
    lines = [*stories, f"./invoke shell node={(hosts or list(plan.nodes))[0]}", "./invoke down"]
    which = "" if found.instance.name == plan.topology else f" name={found.instance.name}"
    return "\n".join(["Worth trying next:", *(f"  {line}{which}" for line in lines[:3])])


def down(topology: str, name: str) -> None:
    """Take a lab down, or remove what is left of one."""
    client = _client()
    found = client.the_lab(topology, name, or_remains=True)
    client.down(found)
    terminal.say(f"'{found.instance.name}' is down; nothing of it is left.")


def _client() -> Client:
    """Return the client of the engine that runs: one is not started to look for labs on it."""
    client = Client.of_running_engine(terminal.listener())
    if client is None:
        raise InputError(NO_LAB)
    return client


def status(topology: str, name: str) -> None:
    """Show the nodes of a lab; none running is an answer as well."""
    client = Client.of_running_engine(terminal.listener())
    labs = client.labs() if client else ()
    if client is None or not (topology or name or any(found.state is State.READY for found in labs)):
        terminal.say("No lab is running.")
        return
    found = client.the_lab(topology, name)
    columns = ("node", "kind", "addresses", "state", "up for")
    terminal.say(f"{found.instance.name} (topology {found.topology})")
    plan = client.plan_of(found)
    health = client.health(found, plan)
    terminal.table(columns, [(*_row(node)[:3], *_told(health[node.name])) for node in plan.nodes.values()])


def _told(health: Health) -> tuple[str, str]:
    return health.words, _span(health.started)


def _span(started: str) -> str:
    """Return how long ago an RFC 3339 time of the engine's was, in the largest two units."""
    if not started:
        return "–"
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(started[:19] + "+00:00")).total_seconds())
    for size, unit, smaller, rest in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            return f"{seconds // size} {unit} {seconds % size // smaller} {rest}"
    return f"{max(seconds, 0)} s"


def list_() -> None:
    """List topologies, scenarios and running labs."""
    files = sorted((ROOT / "topologies").glob("*.yml"))
    terminal.say("Topologies: " + ", ".join(file.stem for file in files))
    terminal.say("Scenarios:  " + ", ".join(in_order(announced(SCENARIOS))))
    client = Client.of_running_engine(terminal.listener())
    found = client.labs() if client else ()
    labs = [f"{one.instance.name} ({one.topology or 'no switch'}, {one.state.value})" for one in found]
    terminal.say("Labs:       " + (", ".join(labs) or "none is running"))


def shell(node: str, topology: str, name: str) -> int:
    """Open a shell in a node."""
    return exec_(node, ("bash",), topology, name)


def exec_(node: str, command: tuple[str, ...], topology: str, name: str) -> int:
    """Run a command in a node; its output and exit code are the command's."""
    from lab.cli.relay import relay

    if not command:
        raise InputError("say the command after --, as in: ./invoke exec node=victim -- ip addr")
    client = _client()
    found = client.the_lab(topology, name)
    if node not in found.nodes:
        raise InputError(f"'{found.instance.name}' has no node '{node}'; it has {', '.join(sorted(found.nodes))}")
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    with client.open(found, node, command, is_terminal) as program:
        return relay(program, is_terminal)


def clean() -> None:
    """Remove what this user's labs left, running ones too."""
    client = Client.of_running_engine(terminal.listener())
    removed, busy = client.clean() if client else ((), ())
    for instance in removed:
        terminal.say(f"'{instance.name}' is removed.")
    for instance in busy:
        terminal.say(f"'{instance.name}' is being brought up by another process; it was left alone.")
    if not removed and not busy:
        terminal.say("There was nothing to remove.")

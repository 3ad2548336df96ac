"""An act as it is drawn: its nodes in the order of their columns, its steps, and what is only counted."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Self

from lab.harmless import one_line
from lab.ladder.folding import Step, steps
from lab.ladder.rows import Row, Told, announcement, rows
from lab.plan.model import Interface, NodePlan, Plan


def columns(plan: Plan) -> tuple[str, ...]:
    """Return all nodes in the order of columns: of each network the hosts, then the nodes that lead out of it.

    So a packet's way over several networks goes in one direction, as far as a row of columns allows: whoever leads out
    of several networks, from which there is no other way, comes behind the hosts of them all.
    """
    in_order: dict[str, None] = {}
    ways_out = {
        segment.name: [port.node for port in segment.ports if _leads_on(port, plan)] for segment in plan.segments
    }
    dead_ends = [name for name, ways in ways_out.items() if len(ways) == 1]
    for number, segment in enumerate(plan.segments, 1):
        later = {segment.name for segment in plan.segments[number:]} & set(dead_ends)
        hosts = [port.node for port in segment.ports if not _leads_on(port, plan)]
        ways = [node for node in ways_out[segment.name] if not _waits(plan[node], segment.name, dead_ends, later)]
        in_order |= dict.fromkeys([*hosts, *ways])
    return tuple(in_order)


def _leads_on(port: Interface, plan: Plan) -> bool:
    return len(plan[port.node].interfaces) > 1


def _waits(node: NodePlan, network: str, dead_ends: Sequence[str], later: Set[str]) -> bool:
    """Tell whether a node that leads out of a network leads out of a later one as well, to a place beyond both."""
    networks = {end.network for end in node.interfaces}
    return network in dead_ends and not networks.isdisjoint(later) and not networks <= set(dead_ends)


@dataclass(frozen=True)
class Drawn:
    """What is drawn of an act, under which heading, and whose announcements are only counted."""

    heading: str
    steps: tuple[Step, ...]
    aside: tuple[Row, ...]

    @classmethod
    def of(cls, number: int, act: Told, plan: Plan, unfold: bool) -> Self:
        """Return how an act is drawn; ``unfold`` draws every frame on its own, and counts none aside."""
        seen = rows(act.capture, plan)
        aside = () if unfold else tuple(row for row in seen if announcement(row))
        if len(aside) == len(seen):  # an act of announcements alone is about them
            aside = ()
        told = [row for row in seen if row not in aside]
        order = in_order(plan, (node for row in told for node in (row.sender, *row.receivers)))
        heading = one_line(f"{number}  {act.sentence or act.name}") if act.name else ""
        return cls(heading, steps(told, order, unfold), aside)

    @property
    def left_out(self) -> str:
        """What is only counted, in words; empty where all is drawn."""
        if not self.aside:
            return ""
        senders, number = ", ".join(sorted({row.sender for row in self.aside})), len(self.aside)
        return f"not drawn: {number} announcement{'s' if number > 1 else ''} by {senders}, at a time of its own choice"

    def nodes(self, plan: Plan) -> tuple[str, ...]:
        """Return the nodes that its arrows touch, in the order of their columns."""
        return tuple(in_order(plan, (node for step in self.steps for node in step.nodes)))


def in_order(plan: Plan, nodes: Iterable[str]) -> list[str]:
    """Return the nodes in the order of their columns; those that the plan does not know come last."""
    known = columns(plan)
    return sorted(set(nodes), key=lambda node: (known.index(node) if node in known else len(known), node))


def address(plan: Plan, node: str) -> str:
    """Return the address that stands under a node's name: its first one, or nothing where that is not planned."""
    first = plan[node].interfaces[0].address if node in plan.nodes else None
    return str(first.ip) if first else ""

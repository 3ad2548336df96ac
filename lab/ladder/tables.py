"""What BGP speakers have told their neighbours: of an act, what is different at its end.

That is the same in every run. In which order neighbours hear of a change is a matter of chance, and so is what they try
meanwhile: a router may announce a way that is withdrawn a moment later.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

from scapy.layers.inet import TCP

from lab.capture import BgpMessage, bgp_messages, is_bgp
from lab.ladder.bgp import announced, message_text
from lab.ladder.rows import Part, Row
from lab.ladder.words import tcp_flags
from lab.plan.model import NodePlan, Plan

_Session = tuple[str, str, str]
"""Who tells whom over which network."""


def about_routes(row: Row) -> bool:
    """Tell whether a frame belongs to a BGP session."""
    return is_bgp(row.frame.packet)


class Tables:
    """Which networks each speaker has told each neighbour of; a lab begins as planned."""

    def __init__(self, plan: Plan) -> None:
        self._told = dict(_as_planned(plan))

    def changed(self, rows: Sequence[Row]) -> frozenset[str]:
        """Return what the sessions of an act say, in lines: their messages, and of UPDATEs what holds at its end."""
        act = _Act(self._told)
        for row in rows:
            act.hear(row)
        self._told |= act.told
        return frozenset(act.lines())


class _Act:
    def __init__(self, told: Mapping[_Session, frozenset[str]]) -> None:
        self._before = dict(told)
        self._last: dict[tuple[_Session, str], BgpMessage] = {}
        self._others: set[tuple[_Session, str]] = set()

    def hear(self, row: Row) -> None:
        session = row.sender, ", ".join(row.receivers) or "nobody", row.frame.port.network
        said = bgp_messages(row.frame.packet)
        if not said and row.part is not Part.ACKNOWLEDGES:
            self._others.add((session, f"TCP {tcp_flags(row.frame.packet[TCP])}"))
        for message in said:
            self._take(session, message)

    def _take(self, session: _Session, message: BgpMessage) -> None:
        if message.kind == "OPEN":  # a new session begins with nothing
            self._before[session] = frozenset()
            self._last = {key: last for key, last in self._last.items() if key[0] != session}
        if message.kind != "UPDATE" or message.ends_table:
            self._others.add((session, f"BGP {message_text(message)}"))
        for network in (*message.withdraws, *message.announces):
            self._last[session, network] = message

    @property
    def told(self) -> Mapping[_Session, frozenset[str]]:
        """What everybody has been told of at the end."""
        told = {session: set(networks) for session, networks in self._before.items()}
        for (session, network), message in self._last.items():
            holds = told.setdefault(session, set())
            (holds.add if network in message.announces else holds.discard)(network)
        return {session: frozenset(networks) for session, networks in told.items()}

    def lines(self) -> Iterator[str]:
        for (sender, receiver, _), text in self._others:
            yield f"  {sender} -> {receiver}: {text}"
        for (session, network), message in self._last.items():
            sender, receiver, _ = session
            if network in message.announces:
                yield f"  {sender} -> {receiver}: BGP UPDATE {announced([network], message.path)}"
            elif network in self._before.get(session, ()):
                yield f"  {sender} -> {receiver}: BGP UPDATE withdraws {network}"


def _as_planned(plan: Plan) -> Iterator[tuple[_Session, frozenset[str]]]:
    """Yield what neighbours have told each other where all is as planned."""
    for segment in plan.segments:
        speakers = [plan[port.node] for port in segment.ports if plan[port.node].learns]
        for one, other in permutations(speakers, 2):
            yield (one.name, other.name, segment.name), frozenset(_tells(one, segment.name, plan))


def _tells(one: NodePlan, here: str, plan: Plan) -> Iterator[str]:
    """Yield the networks that a node tells of over the network ``here``: all that it does not reach by it."""
    yield from (str(plan.segment(end.network).subnet) for end in one.interfaces if end.network != here)
    yield from (str(way.to) for way in one.learns if way.dev != here)

"""A lab that runs: its nodes can be spoken to, and its wires recorded. This is what a story is told to."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import count

from lab import impairments, wiring
from lab.audience import Audience, Line, Remembering
from lab.bringup import Found
from lab.capture import Capture, Port
from lab.engine.protocol import Engine
from lab.errors import InputError
from lab.impairments import Chosen, Mangling
from lab.node import CHANGES_WITHIN, Cable, RunningNode, process_of, shown, undone
from lab.plan.model import Interface, Plan
from lab.recorder import Recorder, Recording
from lab.tap import tapping
from lab.wirer import Wirer, wirer

__all__ = ["Act", "Cable", "Lab", "RunningNode", "entered", "entries", "ports"]

SLOW_WITHIN = 20.0
"""Seconds within which a slow wire lets out what waits before it."""


@dataclass(frozen=True)
class Act:
    """A part of a story: its sentence, a question to think about before it and its answer, and what was recorded.

    ``lines`` are what its audience saw typed and printed, from the end of the act before it on.
    """

    sentence: str
    question: str
    answer: str
    recording: Recording
    lines: list[Line] = field(default_factory=list)


class Lab:
    """A running lab: ``lab["victim"]``, ``with lab.act("The victim asks.") as asked: …``."""

    def __init__(
        self, engine: Engine, found: Found, plan: Plan, recorder: Recorder, hands: Wirer, audience: Audience
    ) -> None:
        self.plan = plan
        self.instance = found.instance
        self.source = found.source
        self._engine = engine
        self._recorder = recorder
        self._hands = hands
        self._audience = Remembering(audience)
        self.acts: list[Act] = []
        self._changes = count(1)
        self._slow = [node.name for node in plan.nodes.values() if impairments.queues_of_node(node)]
        if self._slow:
            recorder.settle = self._lets_out
        self._nodes = {
            name: RunningNode(engine, self.instance, node, hands, self._audience) for name, node in plan.nodes.items()
        }

    def __getitem__(self, node: str) -> RunningNode:
        return self._nodes[self.plan[node].name]

    @contextmanager
    def act(self, sentence: str, question: str = "", answer: str = "") -> Iterator[Recording]:
        """Tell the audience what comes next, and record it; ``question`` is asked before and ``answer`` given after."""
        self._audience.begins(sentence, question)
        with self.recording() as recording:
            self.acts.append(Act(sentence, question, answer, recording, self._audience.lines))
            yield recording
        self._audience.ends(answer, recording.capture)

    def shows(self, *lines: str) -> None:
        """Show lines to the audience, as if a program had printed them."""
        for line in lines:
            self._audience.printed(line)

    def recording(self) -> AbstractContextManager[Recording]:
        """Open a window on all wires; it is closed, and its capture complete, when the block ends."""
        return self._recorder.recording()

    @property
    def recorded(self) -> tuple[Capture, ...]:
        """What was recorded so far, window by window; the one that is open is not among them."""
        return tuple(one.capture for one in self._recorder.recordings if one.closed)

    def forget(self) -> None:
        """Have all forget what they learnt, as in a lab just up: neighbours, connections, the ports of the switch."""
        self._audience.forgets()
        pids = {name: process_of(self._engine, self.instance.container(name)) for name in self._nodes}
        switch = process_of(self._engine, self.instance.switch)
        self._hands.do(wiring.forgets(self.plan, switch, pids))

    @contextmanager
    def cutting(self, network: str) -> Iterator["Cable"]:
        """Cut a network, as a digger cuts a cable: all of its plugs are out; it is mended when the block ends."""
        with self.cable(network) as cable:
            cable.pull_out()
            for end in self.plan.segment(network).ports:
                self[end.node].waits_for_carrier_loss(end)
            yield cable

    @contextmanager
    def cable(self, network: str) -> Iterator["Cable"]:
        """Give a network's cable, to be pulled out; when the block ends it is whole, and all is as planned again."""
        switch, ends = process_of(self._engine, self.instance.switch), self.plan.segment(network).ports
        cable = Cable(ends, lambda some, state: self._plug(switch, some, state))

        def mended() -> None:
            cable.plug_in()
            self.waits_until_ready()

        with undone(mended):
            yield cable

    def waits_until_ready(self) -> None:
        """Wait until all services answer, and routers that learn their ways know them."""
        pids = {name: process_of(self._engine, self.instance.container(name)) for name in self._nodes}
        self._hands.do(wiring.questions(self.plan, pids, CHANGES_WITHIN))

    def _plug(self, switch: int, ends: Sequence[Interface], state: str) -> None:
        for end in ends:
            self._audience.typed("root@switch", f"ip link set {end.port} {state}    # {end}")
        self._hands.do(wiring.plugs(switch, ends, state))

    @contextmanager
    def inspecting_arp(self, network: str) -> Iterator[None]:
        """Have the switch drop ARP that does not tell the truth about the port it comes from, while the block lasts."""
        switch, script = process_of(self._engine, self.instance.switch), wiring.inspection(self.plan.segment(network))
        shown(self._audience, "switch", script)
        self._hands.do(wiring.filters(switch, script))
        with undone(lambda: self._hands.do(wiring.ends_inspection(switch))):
            yield

    def _lets_out(self) -> None:
        """Wait until all nodes have sent what waits before a slow wire."""
        pids = [process_of(self._engine, self.instance.container(name)) for name in self._slow]
        self._hands.do(wiring.lets_out(pids, SLOW_WITHIN))

    @contextmanager
    def losing(self, *doomed: Chosen) -> Iterator[None]:
        """Have the switch lose just these frames, counted from the beginning of the block; none of them after it."""
        switch, name = process_of(self._engine, self.instance.switch), f"losing{next(self._changes)}x"
        script = impairments.dooms(name, [(one, self._end_of(one)) for one in doomed])
        shown(self._audience, "switch", script)
        self._hands.do(wiring.filters(switch, script))
        with undone(lambda: self._hands.do(wiring.filters(switch, impairments.ends_dooms(name, len(doomed))))):
            yield

    def reordering(self, *late: Chosen) -> AbstractContextManager[None]:
        """Have the wires let just these frames be passed by the next one that fits, counted as in ``losing``.

        A frame that none has passed within a second is delivered then, or when the block ends. Raises ``InputError``
        where the frame's wire has no delay, or the topology does not say ``delays: program``.
        """
        return self._mangling("late", late)

    def duplicating(self, *doubled: Chosen) -> AbstractContextManager[None]:
        """Have the wires deliver just these frames twice, which a node receives; errors as of ``reordering``."""
        return self._mangling("twice", doubled)

    @contextmanager
    def _mangling(self, does: Mangling, chosen: Sequence[Chosen]) -> Iterator[None]:
        if self.plan.delays != "program":
            raise InputError(
                "no kernel reorders or duplicates just what was chosen: let '"
                f"{self.plan.topology}' say 'delays: program'"
            )
        names = [f"mangling{next(self._changes)}" for _ in chosen]
        choices = [
            impairments.mangled(name, does, one, self._end_of(one)) for name, one in zip(names, chosen, strict=True)
        ]
        switch = process_of(self._engine, self.instance.switch)
        self._hands.do(wiring.mangles(switch, choices))
        with undone(lambda: self._hands.do(wiring.spares(switch, names))):
            yield

    def _end_of(self, chosen: Chosen) -> Interface:
        node = self[chosen.node].plan
        return node.on(chosen.on) if chosen.on else node.interfaces[0]


@contextmanager
def entered(engine: Engine, found: Found, plan: Plan, audience: Audience) -> Iterator[Lab]:
    """Enter a lab that is up, with a tap on its switch and a hand on its wires for as long as the block lasts."""
    instance = found.instance
    with wirer(engine, instance, found.image) as hands, tapping(engine, instance) as tap:
        recorder = Recorder(tap, ports(plan), entries(plan))
        recorder.position()
        yield Lab(engine, found, plan, recorder, hands, audience)


def ports(plan: Plan) -> Mapping[str, Port]:
    """Return who is at each port of the switch."""
    return {
        end.port: Port(end.node, end.network, end.mac, str(end.address.ip) if end.address else "") for end in plan.ends
    }


def entries(plan: Plan) -> Mapping[str, str]:
    """Return the bridges' ports that lie beyond a wire with delay, each with the port where that wire begins."""
    return {wire.entry: wire.port for wire in impairments.wires(plan.ends)}

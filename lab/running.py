"""A lab that runs: its nodes can be spoken to, and its wires recorded. This is what a story is told to."""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Self

from lab import wiring
from lab.audience import Audience
from lab.bringup import Found
from lab.capture import Capture, Port
from lab.dialogue import Dialogue
from lab.engine.protocol import Completed, Engine, Session
from lab.errors import ScenarioFailed, TimedOut
from lab.instance import Instance
from lab.interrupts import unbroken
from lab.plan.model import Interface, NodePlan, Plan
from lab.recorder import Recorder, Recording
from lab.tap import tapping
from lab.waiting import until
from lab.wirer import Wirer, wirer

CHANGES_WITHIN = 10.0
"""Seconds within which a node notices what a story has changed."""


class RunningNode:
    """A node of a running lab: what the plan says of it, and what it can be told to do. Commands are argv."""

    def __init__(self, engine: Engine, instance: Instance, plan: NodePlan, hands: Wirer, audience: Audience) -> None:
        self._engine = engine
        self._hands = hands
        self._audience = audience
        self._switch = instance.switch
        self._container = instance.container(plan.name)
        self._user = plan.setup.login
        self._prompt = plan.name
        self.plan = plan
        self.name = plan.name
        self.ip = plan.ip
        self.mac = plan.mac

    @property
    def as_root(self) -> Self:
        """The same node, told what to do by root: whom its kind may allow packet sockets, for example."""
        told = copy(self)
        told._user, told._prompt = "root", f"root@{self.name}"
        return told

    def on(self, network: str) -> Interface:
        """Return its interface on ``network``."""
        return self.plan.on(network)

    def attempt(self, *argv: str, stdin: bytes = b"") -> Completed:
        """Run a program to its end, whatever its exit code."""
        return self._engine.run(self._container, argv, stdin, user=self._user)

    def run(self, *argv: str, stdin: bytes = b"") -> Completed:
        """Run a program to its end. Raises ``ScenarioFailed`` with its words when it fails."""
        return _succeeded(self.name, self.attempt(*argv, stdin=stdin))

    def types(self, *argv: str) -> str:
        """Run a program before the audience, who see the command and what it prints; return what it printed."""
        self._audience.typed(self._prompt, shlex.join(argv))
        done = self.run(*argv)
        for line in done.stdout.splitlines():
            self._audience.printed(line)
        return done.stdout

    @contextmanager
    def dialogue(self, *argv: str) -> Iterator[Dialogue]:
        """Speak to a program before the audience while the block lasts; then its input ends, and so does it."""
        self._audience.typed(self._prompt, shlex.join(argv))
        with self._engine.open(self._container, argv, user=self._user) as program:
            dialogue = Dialogue(program, self._audience)
            yield dialogue
            _succeeded(self.name, dialogue.ends())

    def ping(self, target: "RunningNode | Interface") -> Completed:
        """Send one ICMP echo request and wait for its answer for two seconds; the frames tell whether it came."""
        return self.attempt("ping", "-n", "-c", "1", "-W", "2", target.ip)

    @contextmanager
    def running(self, *argv: str) -> Iterator[list[str]]:
        """Run a program while the block lasts: it prints a line when it is at work, and ends when its input does.

        The audience sees the command, and what else it printed when it has ended; the list that is given holds it then.
        """
        self._audience.typed(self._prompt, shlex.join(argv))
        printed: list[str] = []
        with self._engine.open(self._container, argv, user=self._user) as program:
            _first_line(self.name, argv, program)
            try:
                yield printed
            finally:
                done = program.finish()
            printed += _succeeded(self.name, done).stdout.splitlines()
        for line in printed:
            self._audience.printed(line)

    def waits_until_says(self, text: str, *argv: str) -> None:
        """Run a program until it prints ``text``. Raises ``ScenarioFailed``."""
        try:
            until(lambda: text in self.run(*argv).stdout, f"{self.name}: '{argv[0]}' to print '{text}'", CHANGES_WITHIN)
        except TimedOut as error:
            raise ScenarioFailed(str(error)) from error

    def neighbours(self) -> Mapping[str, str]:
        """Return what the node believes now: the link-layer address of each neighbour that it knows, by IP address."""
        entries = json.loads(self.run("ip", "-j", "neigh").stdout)
        return {entry["dst"]: entry["lladdr"] for entry in entries if "lladdr" in entry}

    def waits_for_neighbour(self, ip: str, at: str) -> None:
        """Wait until the node believes that ``ip`` is at the link-layer address ``at``. Raises ``ScenarioFailed``."""
        what = f"{self.name} to believe that {ip} is at {at}"
        try:
            until(lambda: self.neighbours().get(ip) == at, what, CHANGES_WITHIN)
        except TimedOut as error:
            raise ScenarioFailed(f"{error}; it believes {self.neighbours()}") from error

    # What is done to it from outside, and undone when the block ends

    @contextmanager
    def unplugged(self) -> Iterator["Cable"]:
        """Pull out the cable of the node's first interface; it is back in its socket when the block ends."""
        end, switch = self.plan.interfaces[0], _pid(self._engine, self._switch)
        cable = Cable(lambda state: self._hands.do(wiring.plugs(switch, end, state)))
        with _undone(cable.plug_in):
            cable.pull_out()
            self._waits_for_carrier_loss(end)
            yield cable

    def _waits_for_carrier_loss(self, end: Interface) -> None:
        carrier = f"/sys/class/net/{end.network}/carrier"
        until(lambda: self.run("cat", carrier).stdout == "0\n", f"{end} to lose its carrier", CHANGES_WITHIN)

    @contextmanager
    def pinning(self, neighbour: Interface) -> Iterator[None]:
        """Write a permanent neighbour entry into the node while the block lasts: what others say cannot change it."""
        pid, dev, ip = self._pid, neighbour.network, neighbour.ip
        believed = self.neighbours().get(ip)
        self._audience.typed(self.name, f"ip neigh replace {ip} lladdr {neighbour.mac} dev {dev} nud permanent")
        with _undone(lambda: self._hands.do(wiring.unpins(pid, dev, ip, believed))):
            self._hands.do(wiring.pins(pid, dev, ip, neighbour.mac))
            yield

    @contextmanager
    def redirecting(self, port: int, to: int) -> Iterator[None]:
        """Have TCP connections that pass through the node towards ``port`` end at its own port ``to`` in the block."""
        pid, script = self._pid, wiring.redirection(port, to)
        _shown(self._audience, self.name, script)
        self._hands.do(wiring.filters(pid, script))
        with _undone(lambda: self._hands.do(wiring.ends_redirection(pid))):
            yield

    @property
    def _pid(self) -> int:
        return _pid(self._engine, self._container)


class Cable:
    """A cable that was pulled out; ``switches`` turns its port "up" or "down"."""

    def __init__(self, switches: Callable[[str], None]) -> None:
        self._switches = switches

    def pull_out(self) -> None:
        """Pull it out of the switch."""
        self._switches("down")

    def plug_in(self) -> None:
        """Plug it in again; once more does no harm."""
        self._switches("up")


@dataclass(frozen=True)
class Act:
    """A part of a story: its sentence, a question to think about before it and its answer, and what was recorded."""

    sentence: str
    question: str
    answer: str
    recording: Recording


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
        self._audience = audience
        self.acts: list[Act] = []
        self._nodes = {
            name: RunningNode(engine, self.instance, node, hands, audience) for name, node in plan.nodes.items()
        }

    def __getitem__(self, node: str) -> RunningNode:
        return self._nodes[self.plan[node].name]

    @contextmanager
    def act(self, sentence: str, question: str = "", answer: str = "") -> Iterator[Recording]:
        """Tell the audience what comes next, and record it; ``question`` is asked before and ``answer`` given after."""
        self._audience.begins(sentence, question)
        with self.recording() as recording:
            self.acts.append(Act(sentence, question, answer, recording))
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
        pids = {name: _pid(self._engine, self.instance.container(name)) for name in self._nodes}
        switch = _pid(self._engine, self.instance.switch)
        self._hands.do(wiring.forgets(self.plan, switch, pids))

    @contextmanager
    def inspecting_arp(self, network: str) -> Iterator[None]:
        """Have the switch drop ARP that does not tell the truth about the port it comes from, while the block lasts."""
        switch, script = _pid(self._engine, self.instance.switch), wiring.inspection(self.plan.segment(network))
        _shown(self._audience, "switch", script)
        self._hands.do(wiring.filters(switch, script))
        with _undone(lambda: self._hands.do(wiring.ends_inspection(switch))):
            yield


@contextmanager
def entered(engine: Engine, found: Found, plan: Plan, audience: Audience) -> Iterator[Lab]:
    """Enter a lab that is up, with a tap on its switch and a hand on its wires for as long as the block lasts."""
    instance = found.instance
    with wirer(engine, instance, found.image) as hands, tapping(engine, instance) as tap:
        recorder = Recorder(tap, ports(plan))
        recorder.position()
        yield Lab(engine, found, plan, recorder, hands, audience)


def ports(plan: Plan) -> Mapping[str, Port]:
    """Return who is at each port of the switch."""
    ends = [end for segment in plan.segments for end in segment.ports]
    return {end.port: Port(end.node, end.network, end.mac, end.ip) for end in ends}


def _pid(engine: Engine, container: str) -> int:
    return engine.container(container).pid


@contextmanager
def _undone(undo: Callable[[], None]) -> Iterator[None]:
    """Undo something when the block ends, however it ends; a Ctrl-C waits for that."""
    try:
        yield
    finally:
        with unbroken():
            undo()


def _shown(audience: Audience, where: str, script: str) -> None:
    """Show the audience what is inside the chain that is loaded."""
    audience.typed(where, "nft -f -")
    for line in script.splitlines():
        if line.startswith("\t\t"):
            audience.printed(line.strip())


def _first_line(node: str, argv: tuple[str, ...], program: Session) -> None:
    said = b""
    while b"\n" not in said:
        if not (piece := program.read()):
            _succeeded(node, program.finish())
            raise ScenarioFailed(f"{node}: '{' '.join(argv)}' ended before it was at work")
        said += piece


def _succeeded(node: str, done: Completed) -> Completed:
    if done.exit_code:
        words = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
        last = "\n".join(f"  {line}" for line in words[-10:])
        raise ScenarioFailed(f"{node}: '{' '.join(done.argv)}' ended with exit code {done.exit_code}:\n{last}")
    return done

"""A node of a running lab: what it can be told to do, and what is done to it from outside, and undone again."""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from typing import Self

from lab import wiring
from lab.audience import Audience
from lab.bringup import answers
from lab.dialogue import Dialogue
from lab.engine.protocol import Completed, Engine, Session
from lab.errors import ScenarioFailed, TimedOut
from lab.instance import Instance
from lab.interrupts import unbroken
from lab.lessee import Lessee
from lab.plan.leases import LEASE, lessee_by_hand
from lab.plan.model import Interface, NodePlan
from lab.waiting import until
from lab.wirer import Wirer

PING_EVERY = 0.01
"""Seconds between two pings of a long series."""

CHANGES_WITHIN = 10.0
"""Seconds within which a node notices what a story has changed."""

_UNTIL_TOLD = ("sh", "-c", 'exec 3<&0; "$@" & read -r _ <&3; kill -s INT $!; wait $!', "until-told")
"""Runs a program until its own input ends, as if somebody had pressed Ctrl-C then."""

_UNTIL_ENDED = (
    *("sh", "-c", 'exec 3<&0; "$@" & read -r _ <&3; kill -s TERM $! 2>/dev/null; wait $! || [ $? -eq 143 ]'),
    "until-ended",
)
"""Runs a program that does not read its input, until that ends; to be ended so is no failure."""

_LOG_LINES = 100


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
        self.mac = plan.mac

    @property
    def ip(self) -> str:
        """Its first address. Raises ``InputError`` where it is leased, and nobody knows it before."""
        return self.plan.ip

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

    def tries(self, *argv: str) -> Completed:
        """Run a program that may well fail before the audience, who see what it prints and why it failed."""
        self._audience.typed(self._prompt, shlex.join(argv))
        done = self.attempt(*argv)
        for line in (done.stdout + done.stderr).splitlines():
            self._audience.printed(line)
        return done

    def dialogue(self, *argv: str, exit_code: int = 0) -> AbstractContextManager[Dialogue]:
        """Speak to a program before the audience while the block lasts; then its input ends, and so does it.

        Raises ``ScenarioFailed`` when it ends with another code than ``exit_code``.
        """
        return self._spoken_to(argv, shown=argv, exit_code=exit_code)

    def serving(self, *argv: str) -> AbstractContextManager[Dialogue]:
        """Listen to a program before the audience that takes no notice of its input; it is ended with the block."""
        return self._spoken_to((*_UNTIL_ENDED, *argv), shown=argv)

    @contextmanager
    def _spoken_to(self, argv: tuple[str, ...], shown: tuple[str, ...], exit_code: int = 0) -> Iterator[Dialogue]:
        self._audience.typed(self._prompt, shlex.join(shown))
        with self._engine.open(self._container, argv, user=self._user) as program:
            dialogue = Dialogue(program, self._audience)
            yield dialogue
            _succeeded(self.name, dialogue.ends(), exit_code)

    @contextmanager
    def without(self, *files: str) -> Iterator[None]:
        """Leave none of these files behind when the block ends."""
        try:
            yield
        finally:
            self.run("rm", "-f", *files)

    def ping(self, target: "RunningNode | Interface") -> Completed:
        """Send one ICMP echo request and wait for its answer for two seconds; the frames tell whether it came."""
        return self.attempt("ping", "-n", "-c", "1", "-W", "2", target.ip)

    def running(self, *argv: str) -> AbstractContextManager[list[str]]:
        """Run a program while the block lasts: it prints a line when it is at work, and ends when its input does.

        The audience sees the command, and what else it printed when it has ended; the list that is given holds it then.
        """
        return self._held(argv, shown=argv)

    def pinging(
        self, target: "RunningNode | Interface", every: float = PING_EVERY
    ) -> AbstractContextManager[list[str]]:
        """Ping all the while the block lasts, every so many seconds, but for a minute at most.

        The audience sees the command, and its summary when it has ended; the list that is given holds it then.
        """
        ping = ("ping", "-n", "-q", "-i", f"{every:g}", target.ip)
        return self._held((*_UNTIL_TOLD, *ping, "-w", "60"), shown=ping)

    @contextmanager
    def _held(self, argv: tuple[str, ...], shown: tuple[str, ...]) -> Iterator[list[str]]:
        self._audience.typed(self._prompt, shlex.join(shown))
        printed: list[str] = []
        with self._engine.open(self._container, argv, user=self._user) as program:
            _first_line(self.name, shown, program)
            try:
                yield printed
            finally:
                done = program.finish()
            printed += _succeeded(self.name, done).stdout.splitlines()
        for line in printed:
            self._audience.printed(line)

    def waits_until_says(self, text: str, *argv: str) -> None:
        """Run a program until it prints ``text``. Raises ``ScenarioFailed``."""
        self._waits_for(lambda: text in self.run(*argv).stdout, f"'{argv[0]}' to print '{text}'")

    def waits_while_says(self, pattern: str, *argv: str) -> None:
        """Run a program until nothing that it prints fits a regular expression any more. Raises ``ScenarioFailed``."""
        what = f"'{argv[0]}' to print nothing like '{pattern}' any more"
        self._waits_for(lambda: not re.search(pattern, self.run(*argv).stdout), what)

    def waits_until_silent(self, *argv: str) -> None:
        """Run a program until it prints nothing. Raises ``ScenarioFailed``."""
        self._waits_for(lambda: not self.run(*argv).stdout, f"'{argv[0]}' to print nothing")

    def _waits_for(self, condition: Callable[[], bool], what: str) -> None:
        try:
            until(condition, f"{self.name}: {what}", CHANGES_WITHIN)
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
        end, switch = self.plan.interfaces[0], process_of(self._engine, self._switch)
        cable = Cable((end,), lambda ends, state: self._hands.do(wiring.plugs(switch, ends, state)))
        with undone(cable.plug_in):
            cable.pull_out()
            self.waits_for_carrier_loss(end)
            yield cable

    def waits_for_carrier_loss(self, end: Interface) -> None:
        """Wait until the node has noticed that nothing is at the other end of an interface."""
        carrier = f"/sys/class/net/{end.network}/carrier"
        until(lambda: self.run("cat", carrier).stdout == "0\n", f"{end} to lose its carrier", CHANGES_WITHIN)

    @contextmanager
    def switched_off(self) -> Iterator["Button"]:
        """Switch the node's first interface off, as when a laptop sleeps; it is on when the block ends, and ready."""
        button = Button(self._switches)
        with undone(lambda: self._is_on_again(button)):
            button.turns_off()
            yield button

    def _switches(self, state: str) -> None:
        end = self.plan.interfaces[0]
        self._audience.typed(f"root@{self.name}", f"ip link set {end.network} {state}")
        on = state == "up"
        switch = process_of(self._engine, self._switch)
        job = wiring.switches_on(self.plan, end, self._pid, switch) if on else wiring.switches_off(end, self._pid)
        self._hands.do(job)

    def _is_on_again(self, button: "Button") -> None:
        button.turns_on()
        self.waits_until_ready()

    def waits_until_ready(self) -> None:
        """Wait until its services answer, and its addresses are there. Raises ``ScenarioFailed``."""
        try:
            until(lambda: self.answers, f"{self.name} to be ready", CHANGES_WITHIN)
        except TimedOut as error:
            raise ScenarioFailed(str(error)) from error

    @contextmanager
    def out_of_service(self) -> Iterator[None]:
        """Kill the node's service; the node itself stays, and its service is back when the block ends."""
        self._audience.typed(f"root@{self.name}", f"kill -KILL {self.plan.setup.command[0]}")
        with self._killed():
            yield

    def begins_anew(self) -> None:
        """Have the node's service begin anew, unnoticed by the audience: it knows nothing of what was before."""
        with self._killed():
            pass

    @contextmanager
    def _killed(self) -> Iterator[None]:
        with undone(self._revived):
            self._engine.signal(self._container, "USR1")
            until(lambda: not self.answers, f"the service of {self.name} to be dead", CHANGES_WITHIN)
            yield

    def _revived(self) -> None:
        self._hands.do(wiring.releases_again(self._pid))
        until(lambda: self.answers, f"the service of {self.name} to be back", CHANGES_WITHIN)

    @property
    def answers(self) -> bool:
        """Whether its services answer now, as they are asked from inside the node."""
        return answers(self._engine, self._container, self.plan)

    def forgets(self) -> None:
        """Have the node's services forget what they learnt, such as a resolver its cache."""
        self._hands.do(wiring.service_forgets(self.plan, self._pid))

    @contextmanager
    def asks_by_hand(self) -> Iterator[Lessee]:
        """Have the node give its address back; root can start another DHCP client then, whose words the audience hears.

        When the block ends that client gives its address back too, and the node's own asks for one again.
        """
        self._signals_lessee("USR2")
        self.waits_for_lease("without ")
        with self.out_of_service():
            until(lambda: not self._lessees, f"the DHCP client of {self.name} to be gone", CHANGES_WITHIN)
            lessee = Lessee(self._types_as_root, self._signals_lessee, lessee_by_hand(self.plan))
            with undone(lessee.ends):
                yield lessee

    @contextmanager
    def _types_as_root(self, argv: tuple[str, ...]) -> Iterator[Dialogue]:
        """Speak to a program of root, which says everything where errors belong, as one sees it on a terminal."""
        self._audience.typed(f"root@{self.name}", shlex.join(argv))
        both = ("sh", "-c", 'exec "$@" 2>&1', "sh", *argv)
        with self._engine.open(self._container, both, user="root") as program:
            yield Dialogue(program, self._audience)

    @property
    def _lessees(self) -> str:
        """The process ids of the node's DHCP clients."""
        return self.as_root.attempt("busybox", "pidof", "udhcpc").stdout

    def _signals_lessee(self, signal: str) -> None:
        self.as_root.attempt("busybox", "killall", f"-{signal}", "udhcpc")

    def renews(self) -> None:
        """Have root tell the DHCP client to renew the node's lease, or to ask for one where it has none."""
        self.as_root.types("busybox", "killall", "-USR1", "udhcpc")

    def releases(self) -> None:
        """Have root tell the DHCP client to give the node's address back, and wait until it has."""
        self.as_root.types("busybox", "killall", "-USR2", "udhcpc")
        self.waits_for_lease("without ")

    def logged(self, words: str) -> str:
        """Return the last line with ``words`` that the node's service wrote into its log; empty where there is none."""
        lines = self._engine.logs(self._container, _LOG_LINES).splitlines()
        return next((line for line in reversed(lines) if words in line), "")

    def waits_for_log(self, words: str) -> None:
        """Wait until the node's service has written a line with ``words`` into its log. Raises ``ScenarioFailed``."""
        self._waits_for(lambda: bool(self.logged(words)), f"'{words}' to be in its log")

    def waits_for_lease(self, words: str = "bound ") -> str:
        """Wait until the DHCP client has written down ``words``; return what it wrote. Raises ``ScenarioFailed``."""
        what = f"{self.name} to write '{words}' about its lease"
        try:
            until(lambda: self.lease.startswith(words), what, CHANGES_WITHIN)
        except TimedOut as error:
            raise ScenarioFailed(f"{error}; it wrote '{self.lease}'") from error
        return self.lease

    @property
    def lease(self) -> str:
        """What the DHCP client has written down last: "bound 192.168.1.103 from 192.168.1.1 for 43200 seconds"."""
        return self.run("cat", LEASE).stdout.strip()

    @contextmanager
    def pinning(self, neighbour: Interface) -> Iterator[None]:
        """Write a permanent neighbour entry into the node while the block lasts: what others say cannot change it."""
        dev, ip = neighbour.network, neighbour.ip
        self._audience.typed(self.name, f"ip neigh replace {ip} lladdr {neighbour.mac} dev {dev} nud permanent")
        with self.knowing(neighbour):
            yield

    @contextmanager
    def knowing(self, neighbour: Interface) -> Iterator[None]:
        """Do the same behind the scenes: the story is not about it."""
        pid, dev, ip = self._pid, neighbour.network, neighbour.ip
        believed = self.neighbours().get(ip)
        with undone(lambda: self._hands.do(wiring.unpins(pid, dev, ip, believed))):
            self._hands.do(wiring.pins(pid, dev, ip, neighbour.mac))
            yield

    @contextmanager
    def redirecting(self, port: int, to: int) -> Iterator[None]:
        """Have TCP connections that pass through the node towards ``port`` end at its own port ``to`` in the block."""
        pid, script = self._pid, wiring.redirection(port, to)
        shown(self._audience, self.name, script)
        self._hands.do(wiring.filters(pid, script))
        with undone(lambda: self._hands.do(wiring.ends_redirection(pid))):
            yield

    def silent_about_size(self) -> AbstractContextManager[None]:
        """Have a router keep to itself that packets are too large for its next wire, while the block lasts."""
        return self._ruled("silence", wiring.silence_about_size())

    def clamping(self) -> AbstractContextManager[None]:
        """Have a router tell both ends of new TCP connections what its next wire carries, while the block lasts."""
        return self._ruled("clamp", wiring.clamp())

    @contextmanager
    def _ruled(self, table: str, script: str) -> Iterator[None]:
        pid = self._pid
        shown(self._audience, f"root@{self.name}", script)
        self._hands.do(wiring.filters(pid, script))
        with undone(lambda: self._unruled(pid, table)):
            yield

    def _unruled(self, pid: int, table: str) -> None:
        self._audience.typed(f"root@{self.name}", f"nft delete table inet {table}")
        self._hands.do(wiring.ends(pid, table))

    def forgets_ways(self) -> None:
        """Have the node forget what it learnt of the sizes that ways carry."""
        self._audience.typed(f"root@{self.name}", "ip route flush cache")
        self._hands.do(wiring.ways_forgotten(self.plan, self._pid))

    @property
    def _pid(self) -> int:
        return process_of(self._engine, self._container)


class Cable:
    """A cable and its ends; ``switches`` turns the ports of some of them "up" or "down"."""

    def __init__(self, ends: Sequence[Interface], switches: Callable[[Sequence[Interface], str], None]) -> None:
        self._ends = ends
        self._switches = switches
        self._out: tuple[Interface, ...] = ()

    def pull_out(self, at: str = "") -> None:
        """Pull it out of the switch: the end of the node ``at``, or all ends."""
        ends = tuple(end for end in self._ends if at in ("", end.node) and end not in self._out)
        self._out = (*self._out, *ends)
        self._switches(ends, "down")

    def plug_in(self) -> None:
        """Plug in again what is out; once more does nothing."""
        if self._out:
            self._switches(self._out, "up")
        self._out = ()


class Button:
    """The button of an interface; ``switches`` turns it "up" or "down"."""

    def __init__(self, switches: Callable[[str], None]) -> None:
        self._switches = switches
        self._on = True

    def turns_off(self) -> None:
        """Switch it off."""
        self._switches("down")
        self._on = False

    def turns_on(self) -> None:
        """Switch it on; once more does nothing."""
        if not self._on:
            self._switches("up")
            self._on = True


def process_of(engine: Engine, container: str) -> int:
    """Return the id of a container's first process."""
    return engine.container(container).pid


@contextmanager
def undone(undo: Callable[[], None]) -> Iterator[None]:
    """Undo something when the block ends, however it ends; a Ctrl-C waits for that."""
    try:
        yield
    finally:
        with unbroken():
            undo()


def shown(audience: Audience, where: str, script: str) -> None:
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


def _succeeded(node: str, done: Completed, exit_code: int = 0) -> Completed:
    if done.exit_code != exit_code:
        words = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
        last = "\n".join(f"  {line}" for line in words[-10:])
        raise ScenarioFailed(f"{node}: '{' '.join(done.argv)}' ended with exit code {done.exit_code}:\n{last}")
    return done

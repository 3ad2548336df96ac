"""A page that is served on this machine's loopback, of a lab that is made up: its acts are captures built by hand."""

import http.client
import json
import queue
import socket
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn
from scapy.layers.inet import ICMP
from websockets.sync.client import connect

from lab import kinds
from lab.audience import Remembering
from lab.errors import EngineError, InputError
from lab.graph import picture
from lab.plan import plan
from lab.recorder import Batch
from lab.running import Act
from lab.scenario import find
from lab.topology.reading import parse
from lab.waiting import until
from lab.web.app import Theatre
from lab.web.guard import Tokens
from lab.web.serving import _listening
from lab.web.show import Place, Show
from lab.web.wires import Wires
from tests.capture.build import capture
from tests.ladder.conftest import SMALL
from tests.ladder.traffic import answered, routed

STORY = """
from dataclasses import dataclass
from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario


@dataclass(frozen=True)
class Seen(Evidence):
    pinged: Capture
    again: Capture


@scenario("pings", topology="small.yml")
def pings(lab: Lab) -> Seen:
    with lab.act("The victim pings the web.", "Does it answer?", "It does.") as pinged:
        pass
    with lab.act("Once more <b>&.", "And now?", "It does again.") as again:
        pass
    return Seen(lab.plan, pinged.capture, again.capture)
"""
PROOFS = """
from scapy.layers.inet import ICMP


def test_the_web_answers(evidence):
    assert ICMP(type="echo-reply") in evidence("pings").pinged.sent_by("web")


def test_nobody_answers(evidence):
    assert ICMP(type="dest-unreach") in evidence("pings").again
"""


class MadeUpLab:
    """What a story needs of a lab."""

    def __init__(self, planned, audience):
        self.plan, self.source, self.acts = planned, SMALL.decode(), []
        self._audience = Remembering(audience)

    def forget(self):
        """There is nothing to forget."""

    @contextmanager
    def act(self, sentence, question="", answer=""):
        self._audience.begins(sentence, question)
        self._audience.typed("victim", "ping 10.0.2.80")
        recording = SimpleNamespace(capture=capture(*routed(ICMP(), 1), *answered(ICMP(type=0), 2)), closed=True)
        self.acts.append(Act(sentence, question, answer, recording, self._audience.lines))
        yield recording
        self._audience.ends(answer, recording.capture)


class Echo:
    """A shell that says what it is told; "exit" ends it, and "break" breaks the connection to it."""

    def __init__(self):
        self.said, self.sizes, self.closed = queue.SimpleQueue(), [], threading.Event()

    def write(self, data):
        """Say it."""
        self.said.put({b"exit": b"", b"break": EngineError("the connection broke")}.get(data, data))

    def read(self):
        """Return what is said next."""
        said = self.said.get(timeout=20)
        if isinstance(said, EngineError):
            raise said
        return said

    def resize(self, rows, columns):
        """Note the size."""
        self.sizes.append((rows, columns))

    def close(self):
        """End, for whoever still reads."""
        self.closed.set()
        self.said.put(b"")


class MadeUpWires:
    """Wires that frames cross when a test says so: ``looks`` counts the taps that were opened, ``taps`` are open."""

    def __init__(self):
        self.looks, self.taps, self.why = 0, 0, None
        self._batches = queue.SimpleQueue()

    @contextmanager
    def watched(self):
        """Watch them."""
        if self.why:
            raise self.why
        self._batches = batches = queue.SimpleQueue()
        self.looks, self.taps = self.looks + 1, self.taps + 1
        try:
            yield crossing(batches)
        finally:
            self.taps -= 1
            batches.put(EngineError("the tap died"))

    def cross(self, *frames, drops=0):
        """Have frames cross."""
        self._batches.put(Batch(frames, drops))

    def breaks(self, why):
        """Have the tap die."""
        self._batches.put(EngineError(why))


def crossing(batches):
    """Yield batches until an error comes, and raise that."""
    while not isinstance(batch := batches.get(), EngineError):
        yield batch
    raise batch


class Served:
    """A page that is served, as a browser would speak to it."""

    def __init__(self, port, tokens, show, folder, shells, wires, feed):
        self.port, self.tokens, self.show, self.folder, self.shells = port, tokens, show, folder, shells
        self.wires, self.wires_feed = wires, feed
        self.host = f"127.0.0.1:{port}"

    def ask(self, path, token=None, method="GET", body=None, **headers):
        """Return the status, the header fields and the text of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        token = self.tokens.teller if token is None else token
        joined = f"{path}{'&' if '?' in path else '?'}token={token}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, joined, json.dumps(body) if body is not None else None, named)
        answer = connection.getresponse()
        said = answer.status, dict(answer.getheaders()), answer.read().decode()
        connection.close()
        return said

    def post(self, path, body=None, token=None, **headers):
        """Ask as our own page does, and return the status and the text."""
        status, _, said = self.ask(path, token, "POST", body or {}, **({"Origin": f"http://{self.host}"} | headers))
        return status, said

    def terminal(self, node, token=None, **headers):
        """Open a terminal as our own page does."""
        token = self.tokens.teller if token is None else token
        named = {"Origin": f"http://{self.host}", "Host": self.host} | headers
        origin, host = named["Origin"], named["Host"]
        return connect(
            f"ws://{host}/terminal/{node}?token={token}",
            origin=origin,
            sock=socket.create_connection(("127.0.0.1", self.port)),
        )

    @contextmanager
    def watching(self, token=None, after=0, path="/events"):
        """Give the events as they come, each with its number."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Last-Event-ID": str(after)} if after else {}
        connection.request("GET", f"{path}?token={token or self.tokens.watcher}", headers=headers)
        try:
            answer = connection.getresponse()
            assert answer.readline() == b"retry: 1000\n"  # which is said when whatever happens from now on is told
            yield events(answer)
        finally:
            connection.close()


def events(answer):
    number = 0
    for line in iter(answer.readline, b""):
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "id":
            number = int(value)
        elif name == "data":
            yield number, json.loads(value)


def until_kind(told, kind):
    """Return the events up to the first one of a kind, which is the last of them."""
    came = []
    for _, event in told:
        came.append(event)
        if event["kind"] == kind:
            return came
    raise AssertionError(f"the stream ended without '{kind}'; there was {came}")


@pytest.fixture
def served(tmp_path):
    (tmp_path / "small.yml").write_bytes(SMALL)
    (tmp_path / "pings.py").write_text(STORY)
    (tmp_path / "test_pings.py").write_text(PROOFS)
    topology = parse(SMALL, "small.yml", kinds.load())
    planned = plan(topology)

    @contextmanager
    def entered(audience):
        yield MadeUpLab(planned, audience)

    show = Show(Place(topology, planned, entered, tmp_path / "runs"))
    stories = {"pings": find(str(tmp_path / "pings.py"), Path())}
    opened = []

    @contextmanager
    def shells(node):
        if node not in planned.nodes:
            raise InputError(f"there is no node '{node}'")
        opened.append(shell := Echo())
        try:
            yield shell
        finally:
            shell.close()

    made_up = MadeUpWires()
    wires = Wires(planned, made_up.watched)
    health = dict.fromkeys(planned.nodes, "running")
    theatre = Theatre("small", picture(topology), show, wires, stories, lambda: health, shells)
    tokens = Tokens.new()
    with _listening("127.0.0.1") as listening:
        port = listening.getsockname()[1]
        guarded = theatre.application(tokens, frozenset({f"127.0.0.1:{port}"}))
        server = uvicorn.Server(uvicorn.Config(guarded, log_level="warning", timeout_graceful_shutdown=1))
        serving = threading.Thread(target=server.run, args=[[listening]])
        serving.start()
        try:
            yield Served(port, tokens, show, tmp_path, opened, made_up, wires.feed)
        finally:
            show.close()
            wires.close()
            server.should_exit = True
            serving.join(20)
    assert not serving.is_alive()
    until(lambda: not made_up.taps, "no tap to be left", within=20)

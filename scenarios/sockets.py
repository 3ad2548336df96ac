"""Sockets: a server and a client, line by line, and which of their lines is heard on the wire."""

from dataclasses import dataclass

from scapy.layers.inet import ICMP, IP, TCP, UDP

from lab.capture import Capture
from lab.dialogue import Dialogue
from lab.recorder import Recording
from lab.running import Lab
from lab.scenario import Evidence, scenario

PORT, NOBODYS = 5000, 5001
QUESTION, ANSWER, CARD = rb"Is anybody there?\n", rb"Come in.\n", rb"Nobody asked me to ring first.\n"
WAITING = ("ss", "-Htln", f"sport = :{PORT}")
"""Asks the kernel about the door; the first number is how many stand before it and were not let in."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what was printed."""

    listening: Capture
    connected: Capture
    said: Capture
    accepted: Capture
    answered: Capture
    closed: Capture
    card: Capture
    refused: Capture
    waiting: tuple[str, ...]
    bob_read: tuple[str, ...]
    alice_read: tuple[str, ...]


class Python:
    """Somebody's Python, which answers each line with one line; ``read`` is what came out of sockets."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._lines = 0
        self.read: list[str] = []

    def does(self, *lines: str) -> str:
        """Type lines, one after the other, and return what came of the last one."""
        for line in lines:
            self._dialogue.types(line)
            self._dialogue.hears_next("\n")
            self._lines += 1
        return self._dialogue.said.splitlines()[self._lines - 1]

    def reads(self, call: str) -> None:
        """Type a line that reads from a socket."""
        self.read.append(self.does(call))


@scenario("sockets", topology="office", shows=f"tcp.port == {PORT} || udp.port == {PORT} || icmp")
def sockets(lab: Lab) -> Seen:
    """Tell it in eight acts: a door, a call, words, an open door, an answer, goodbye; a card, and one for nobody."""
    with lab["alice"].dialogue("by-line") as hers, lab["bob"].dialogue("by-line") as his:
        client, server = Python(hers), Python(his)
        for python in (server, client):
            python.does("from socket import *")
        call, waiting = over_tcp(lab, client, server)
        cards = over_udp(lab, client, server)
    captures = (act.capture for act in (*call, *cards))
    return Seen(lab.plan, *captures, waiting, tuple(server.read), tuple(client.read))


def over_tcp(lab: Lab, client: Python, server: Python) -> tuple[list[Recording], tuple[str, str]]:
    """Tell the six acts with a connection; return them, and who waited at the door before and after it was opened."""
    bob = lab["bob"]
    to_bob, to_alice = IP(dst=bob.ip), IP(dst=lab["alice"].ip)

    with lab.act(
        f"Bob makes a door: a socket, bound to port {PORT}, that listens.",
        "Three calls into the operating system. How many packets will they cost?",
        "None. A socket is a thing inside of one computer, and nobody outside is told of it.",
    ) as listening:
        server.does("door = socket()", f'door.bind(("", {PORT}))', "door.listen()")

    with lab.act(
        "Alice makes a phone and calls. Bob has not accepted anybody.",
        "Will her call return before Bob's program does something?",
        "It does. The systems shake hands for their programs. Alice now stands before Bob's door, in the queue "
        "that listen has made.",
    ) as connected:
        client.does("phone = socket()", f'phone.connect(("{bob.ip}", {PORT}))')
        connected.waits_for(to_bob / TCP(flags="A"))
        before = bob.types(*WAITING)

    with lab.act(
        "She says something through the closed door.",
        "Nobody is there to read it. Is it lost?",
        "No: Bob's system takes it, confirms it, and keeps it until somebody reads. Alice cannot tell the difference.",
    ) as said:
        client.does(f'phone.sendall(b"{QUESTION.decode()}")')
        said.waits_for(to_alice / TCP(flags="A"))

    with lab.act(
        "Now Bob accepts, and reads.",
        "Who is at the door, and what was said, in two lines. How many packets this time?",
        "None again: all that he gets was here already.",
    ) as accepted:
        server.does("guest, address = door.accept()")
        server.reads("guest.recv(1024)")
        after = bob.types(*WAITING)

    with lab.act(
        "He answers, and Alice reads it.",
        "Two calls, one on each side. Which of them makes a packet?",
        "Sending does. The second packet only confirms, and the systems see to that by themselves.",
    ) as answered:
        server.does(f'guest.sendall(b"{ANSWER.decode()}")')
        client.reads("phone.recv(1024)")
        answered.waits_for(to_bob / TCP(flags="A"))

    with lab.act(
        "Alice closes her end, then Bob reads once more, and closes his.",
        "What does Bob read when nothing more will come?",
        "Nothing at all, zero bytes: that is how a program sees a FIN. Each direction ends on its own.",
    ) as closed:
        client.does("phone.close()")
        closed.waits_for(to_alice / TCP(flags="A"))
        server.reads("guest.recv(1024)")
        server.does("guest.close()")
        closed.waits_for(to_bob / TCP(flags="A"))

    return [listening, connected, said, accepted, answered, closed], (before, after)


def over_udp(lab: Lab, client: Python, server: Python) -> list[Recording]:
    """Tell the two acts with cards."""
    bob = lab["bob"]
    to_bob, to_alice = IP(dst=bob.ip), IP(dst=lab["alice"].ip)

    with lab.act(
        "The same doors with UDP. Bob has a letter box, and Alice sends a card.",
        "No listen, no accept, no connect. How many packets?",
        "One. Nobody shook hands, nobody confirmed, and Alice cannot know whether it came.",
    ) as card:
        server.does("box = socket(type=SOCK_DGRAM)", f'box.bind(("", {PORT}))')
        client.does("pen = socket(type=SOCK_DGRAM)", f'pen.sendto(b"{CARD.decode()}", ("{bob.ip}", {PORT}))')
        card.waits_for(to_bob / UDP(dport=PORT))
        server.reads("box.recv(1024)")

    with lab.act(
        f"She sends one to port {NOBODYS}, where Bob has no box.",
        "Bob's programs do not know that number. Who could tell Alice?",
        "His system: it sends the packet's beginning back by ICMP, port unreachable. A socket that is connected "
        "hears of that when it is used the next time.",
    ) as refused:
        client.does(f'pen.connect(("{bob.ip}", {NOBODYS}))', f'pen.send(b"{CARD.decode()}")')
        refused.waits_for(to_alice / ICMP(type="dest-unreach"))
        client.reads("pen.recv(1024)")

    return [card, refused]

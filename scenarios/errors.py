"""Errors: a wire loses a segment at the worst of moments, and TCP mends it so that no reader can tell."""

from contextlib import ExitStack
from dataclasses import dataclass

from scapy.layers.inet import IP, TCP

from lab.capture import Capture
from lab.impairments import Chosen
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME, PATH = "www.rfc-editor.org", "/rfc/rfc2324.txt"
CURL = ("curl", "--silent", "--show-error", "--output", "/dev/null")
PAGE = ("--write-out", r"%{http_code}, a text of %{size_download} bytes\n", f"http://{NAME}{PATH}")

BY_HAND = (f"HEAD {PATH} HTTP/1.0", f"Host: {NAME}", "")
"""Asks for what stands before the text. By HTTP/1.0 the server hangs up first, and the last word is its own."""

FOURTH = 4
"""Which segment with data is lost: late enough that others are before it, early enough that three come after it."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what was printed."""

    whole: Capture
    middle: Capture
    first: Capture
    last: Capture
    printed: tuple[str, ...]


@scenario("errors", topology="office", shows="tcp.analysis.flags || tcp.flags.syn == 1 || tcp.flags.fin == 1")
def errors(lab: Lab) -> Seen:
    """Tell it in four acts: nothing is lost, then a word in the middle, then the first one, then the last one."""
    alice = lab["alice"]

    with lab.act(
        "Alice fetches a text that is too long for one packet.",
        "The network promises nothing: a packet may be lost. How would the two ends know?",
        "Each byte has a number. The server says which bytes it sends, and Alice says up to which one she has got all.",
    ) as whole:
        printed = [alice.types(*CURL, *PAGE)]

    with (
        lab.act(
            f"The same again, but the switch loses the segment number {FOURTH} of the text.",
            "Those behind it arrive. What can Alice say about them, when she may only say up to where she has all?",
            "The same number, each time that something comes behind the gap. Three times the same is a clear word: the "
            "server sends what is missing at once, and nothing else.",
        ) as middle,
        lab.losing(Chosen("rfc", "tcp", sport=80, data=True, nth=FOURTH)),
    ):
        printed.append(alice.types(*CURL, *PAGE))

    with (
        lab.act(
            "Now the very first word is lost, with which Alice asks for a connection.",
            "Nobody answers. How long should she wait, when she knows nothing of the way yet?",
            "A whole second (RFC 6298). If that word is lost as well she waits for two, and then for four.",
        ) as first,
        lab.losing(Chosen("alice", "tcp", dport=80, flags="S")),
    ):
        printed.append(alice.types(*CURL, *PAGE))

    with (
        lab.act(
            "At last Alice asks by hand for the headers alone. The server answers and hangs up. So does she, and the "
            "last word is lost.",
            "Both have all that they wanted. Does it still matter that the last word got lost?",
            "To Alice, yes: she cannot know whether her goodbye was heard, so she says it again. For this the server "
            "stays on the line for a minute when all has been said (RFC 9293, TIME-WAIT).",
        ) as last,
        ExitStack() as line,
    ):
        netcat = line.enter_context(alice.dialogue("nc", NAME, "80"))
        for word in BY_HAND:
            netcat.types(word)
        last.waits_for(IP(dst=alice.ip) / TCP(sport=80, flags="FA"))
        with lab.losing(Chosen("rfc", "tcp", sport=80, flags="A", data=False)):
            line.close()
            alice.waits_until_silent("ss", "-Htn", "state", "last-ack")

    printed.append(netcat.said)
    return Seen(lab.plan, whole.capture, middle.capture, first.capture, last.capture, tuple(printed))

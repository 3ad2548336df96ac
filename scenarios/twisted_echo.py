"""How to be a web server: read lines until an empty one comes, and answer. Ours answers with what it has heard."""

from dataclasses import dataclass

from scapy.layers.inet import IP, TCP

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME, PORT = "echo.office.example", 8000
BY_HAND = ("GET /tea HTTP/1.1", f"Host: {NAME}", "Mood: curious")
WIRES = 2
"""How many wires each packet crosses."""


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and what was printed."""

    asked: Capture
    typed: Capture
    curl_printed: str
    netcat_printed: str


@scenario("twisted-echo", topology="office", shows=f"http || tcp.port == {PORT}")
def twisted_echo(lab: Lab) -> Seen:
    """Tell it in two acts: a program asks, and somebody types."""
    alice, bob = lab["alice"], lab["bob"]

    with lab.act(
        "In the workshop runs a web server that somebody wrote in an afternoon. Alice asks it for a page.",
        "It has no pages. What will it answer?",
        "What Alice's program has said, word by word, after a line that says: 200 OK. So she sees what programs say "
        "about themselves.",
    ) as asked:
        curl_printed = alice.types("curl", "--silent", "--show-error", f"http://{NAME}:{PORT}/coffee?cups=2")

    with (
        lab.act(
            "Bob types a request by hand, with a field that nobody knows.",
            "How does the server know that he has said everything?",
            "By the empty line. Then it answers; and by its hanging up Bob knows that it has said everything, too.",
        ) as typed,
        bob.dialogue("nc", "-N", NAME, str(PORT)) as netcat,
    ):
        for line in (*BY_HAND, ""):
            netcat.types(line)
        typed.waits_for(IP(dst=bob.ip) / TCP(sport=PORT, flags="FA"), WIRES)

    return Seen(lab.plan, asked.capture, typed.capture, curl_printed, netcat.said)

"""RFC download: one text fetched by three programs, from the most comfortable to the one that does it all itself."""

from dataclasses import dataclass

from lab.capture import Capture
from lab.node import RunningNode
from lab.running import Lab
from lab.scenario import Evidence, scenario

NUMBER, MISSING = "2324", "9999"
URLLIB, REQUESTS, SOCKET = "rfc-by-urllib", "rfc-by-requests", "rfc-by-socket"
FILES = {program: f"/tmp/{program}.txt" for program in (URLLIB, REQUESTS, SOCKET)}


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what was printed, and what came of it."""

    urllib: Capture
    requests: Capture
    socket: Capture
    misspelt: Capture
    missing: Capture
    printed: tuple[str, ...]
    digests: tuple[str, ...]
    refused: tuple[str, ...]
    exit_codes: tuple[int, ...]


@scenario("rfc-download", topology="office", shows="http || dns")
def rfc_download(lab: Lab) -> Seen:
    """Tell it in five acts: urllib, requests, a socket; then a slip of the finger, and a number that there is not."""
    alice = lab["alice"]

    with alice.without(*FILES.values()):
        with lab.act(
            "Alice downloads a text with a program of a dozen lines. It uses urllib, which Python brings along.",
            "The program gives a name and a path. What does urllib add to that?",
            "Three headers: that it will take the text as it is, that it is urllib, and that the server may hang up "
            "when it is done.",
        ) as urllib:
            printed = [downloaded(alice, URLLIB)]

        with lab.act(
            "The same with requests, a library of its own, which many people use.",
            "One line less in the program. Is there one line less on the wire?",
            "One more: it would take the text compressed, and it would keep the line for more questions. There are "
            "none, so it hangs up itself.",
        ) as requests:
            printed.append(downloaded(alice, REQUESTS))

        with lab.act(
            "And with a socket alone: the program says the lines of HTTP itself.",
            "How many lines does the server want to hear at least?",
            "One, and a second one where several sites live at an address. It speaks HTTP/1.0: the text ends when the "
            "server hangs up.",
        ) as socket:
            printed.append(downloaded(alice, SOCKET))

        digests = tuple(alice.run("sha256sum", *FILES.values()).stdout.splitlines())

    with lab.act(
        "Her fingers slip: no number, and then a word where the number should be.",
        "Whom does the program ask whether that makes sense?",
        "Nobody. It says what it wants, and not a packet is sent.",
    ) as misspelt:
        wrong = [alice.tries(URLLIB), alice.tries(REQUESTS, "coffee", "/tmp/none.txt")]

    with lab.act(
        "At last a number that there is not.",
        "That looks right. Who can say that it is not?",
        "The server alone: 404, with a page that nobody reads. Each program makes of it what it likes.",
    ) as missing:
        wrong += [alice.tries(program, MISSING, "/tmp/none.txt") for program in FILES]

    acts = (urllib.capture, requests.capture, socket.capture, misspelt.capture, missing.capture)
    refused, codes = tuple(one.stderr for one in wrong), tuple(one.exit_code for one in wrong)
    return Seen(lab.plan, *acts, tuple(printed), digests, refused, codes)


def downloaded(node: RunningNode, program: str) -> str:
    """Show a program to the audience, then run it; return what it printed."""
    node.types("cat", f"/usr/local/bin/{program}")
    return node.types(program, NUMBER, FILES[program])

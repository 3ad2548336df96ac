"""HTTP: a page is asked for by hand, by a program and by a browser, and each time the same bytes come back."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import Parser
from html.parser import HTMLParser

from scapy.layers.inet import IP, TCP
from scapy.packet import Raw

from lab.capture import Capture
from lab.recorder import Recording
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME = "python.org"

REQUEST = ("GET / HTTP/1.1", f"Host: {NAME}", "")
"""What is typed by hand; the empty line says that the request is complete."""

URLLIB = f'from urllib.request import urlopen; print(urlopen("http://{NAME}/").read().decode(), end="")'


@dataclass(frozen=True)
class Response:
    """A response taken apart; names of headers are written as they came."""

    status: str
    headers: Mapping[str, str]
    title: str
    body: str


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what was typed and printed, and the response as it was taken apart."""

    by_hand: Capture
    by_urllib: Capture
    by_browser: Capture
    typed: tuple[str, ...]
    response: Response
    urllib_printed: str
    browser_printed: str


@scenario("http", topology="home-lan", shows="http || tcp.flags.syn == 1 || tcp.flags.fin == 1")
def http(lab: Lab) -> Seen:
    """Tell it in three acts: by hand, in one line of Python, in a text browser."""
    victim = lab["victim"]

    with lab.act(
        f"The victim opens a connection to {NAME}, port 80, and types what a browser would say.",
        "HTTP is text that people can read. How does the server know that you have asked your whole question?",
        "By the empty line. What comes back begins in the same way: a status, headers, an empty line; then the page.",
    ) as by_hand:
        response = taken_apart(_asked_by_hand(lab, by_hand))
        lab.shows("", "Taken apart:", *_explained(response))

    with lab.act(
        "One line of Python does the same; its library types the request and reads the answer.",
        "Nobody typed a header this time. Will the library send only the two lines that were typed by hand?",
        "It also says who it is, which encodings it reads, and that it wants the connection closed after the answer. "
        "The page is the same to the last byte.",
    ) as by_urllib:
        urllib_printed = victim.types("python3", "-c", URLLIB)

    with lab.act(
        "A text browser fetches the page as well, and shows it as a reader should see it.",
        "The words between < and > are gone. Did the server send it another page?",
        "No, the same one: the tags tell the browser what is what. (It still speaks HTTP/1.0, and is answered.)",
    ) as by_browser:
        browser_printed = victim.types("w3m", "-dump", f"http://{NAME}/")

    return Seen(
        lab.plan,
        by_hand.capture,
        by_urllib.capture,
        by_browser.capture,
        REQUEST,
        response,
        urllib_printed,
        browser_printed,
    )


def _asked_by_hand(lab: Lab, by_hand: Recording) -> str:
    """Type the request, each line when the one before is on its way, and return what comes back.

    The end of what is typed closes one direction only: what the server still has to say is read to its end.
    """
    with lab["victim"].dialogue("telnet", NAME, "80") as telnet:
        telnet.hears("Escape character")
        for line in REQUEST:
            telnet.types(line)
            by_hand.waits_for(TCP(dport=80) / Raw(load=f"{line}\r\n"))
        by_hand.waits_for(IP(dst=lab["victim"].ip) / TCP(sport=80) / Raw())
    return telnet.said


def taken_apart(printed: str) -> Response:
    """Take apart what telnet printed: after its own words, a response whose line ends it has made plain."""
    head, _, body = printed[printed.find("HTTP/") :].partition("\n\n")
    status, _, lines = head.partition("\n")
    return Response(status, dict(Parser().parsestr(lines, headersonly=True).items()), title_of(body), body)


def title_of(page: str) -> str:
    """Return the title of an HTML page; empty if it has none."""
    finder = _Title()
    finder.feed(page)
    return finder.title


class _Title(HTMLParser):
    """Finds the text of the element ``title``."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Note that the title begins."""
        self._inside = tag == "title"

    def handle_endtag(self, tag: str) -> None:
        """Note that it has ended."""
        self._inside = False

    def handle_data(self, data: str) -> None:
        """Keep its text."""
        if self._inside:
            self.title += data


def _explained(response: Response) -> tuple[str, ...]:
    return (
        f"  status   {response.status}",
        *(f"  header   {name}: {value}" for name, value in response.headers.items()),
        f"  title    {response.title}",
        f"  body     {len(response.body.encode())} bytes",
    )

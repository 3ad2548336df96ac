"""The journey: you type http://python.org into your browser and press Enter. What happens? Four questions, one page."""

from dataclasses import dataclass

from scapy.layers.dns import DNS, DNSRR
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME = "python.org"

WHAT, WHERE, HOW, SAYS_WHAT = "What?", "Where?", "How?", "Says what?"


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires for each of the four questions, and what the browser had then."""

    what: Capture
    where: Capture
    how: Capture
    says_what: Capture
    address: str
    page: str


@scenario("journey", topology="internet", shows="dns || icmp || tcp.port == 80")
def journey(lab: Lab) -> Seen:
    """Tell it in four acts, which are the four things that a browser must know, done by hand in one Python."""
    laptop, web = lab["laptop"], lab["web"]
    home = Ether(dst=laptop.mac) / IP(dst=laptop.ip)

    with laptop.dialogue("python3", "-i", "-q") as browser:
        browser.types("from socket import create_connection, gethostbyname; from subprocess import run")
        with lab.act(
            f"You type http://{NAME} and press Enter. What is {NAME}? A name; the browser needs a number.",
            "The laptop knows one address only: its router's. How many others are asked until the name is a number?",
            "Five: the router at home asks the provider's resolver, and that one asks its way down: the root knows who "
            f"knows org, org knows who knows {NAME}, and that server knows the number.",
        ) as what:
            what.marks(home / DNS(qr=1, an=DNSRR(rdata=web.ip)), WHAT)
            browser.types(f'address = gethostbyname("{NAME}"); print(address)')
            browser.hears(web.ip)

        with lab.act(
            f"Where is {web.ip}? The laptop does not know the way. It sends one packet to the only router it knows.",
            "Fifteen wires, and on each the packet comes from another MAC and goes to another one. What stays?",
            "The address that it goes to. The one that it comes from stays too, once the home's router has put its own "
            "there; and the time to live falls by one at each router: 64 at home, 50 on the last wire.",
        ) as where:
            where.marks(home / ICMP(type="echo-reply"), WHERE)
            browser.types('print(run(["ping", "-n", "-q", "-c", "1", address], capture_output=True, text=True).stdout)')
            browser.hears("1 received")

        with lab.act(
            "How do the two talk? They agree on a connection, with three packets, before the first word is said.",
            "The way is long, and packets can be lost or overtake each other. How can the page arrive whole, in order?",
            "TCP numbers the bytes: both ends tell each other a first number now, and confirm what they got later on.",
        ) as how:
            how.marks(home / TCP(sport=80, flags="SA"), HOW)
            browser.types("connection = create_connection((address, 80)); print('connected')")
            browser.hears("connected")
            how.waits_for(Ether(dst=web.mac) / IP() / TCP(dport=80, flags="A"))

        with lab.act(
            "And what does the browser say? A line of text that asks for a page. The answer is a page.",
            "All that for a few lines of text: who on the way could have read them?",
            "Everybody who passed them on: fourteen routers of four owners. So most pages come over TLS today.",
        ) as says_what:
            says_what.marks(home / TCP(sport=80) / Raw(), SAYS_WHAT)
            request = rf"GET / HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n"
            browser.types(f'connection.sendall(b"{request}"); print(connection.makefile().read())')
            browser.hears("</p>\n")
            browser.types("connection.close()")
            laptop.waits_until_silent("ss", "-Hant", "dport", "=", ":80")

    page = browser.said.partition("HTTP/1.1 ")[2].partition("\n\n")[2].partition("</p>\n")[0] + "</p>\n"
    address = browser.said.partition("\n")[0]
    return Seen(lab.plan, what.capture, where.capture, how.capture, says_what.capture, address, page)

"""What becomes of a node that asks for its address by DHCP: the client that asks, and what shows that it has one."""

from dataclasses import replace

from lab.kinds.kind import Question, Setup
from lab.plan.model import NodePlan

LEASE = "/run/lease"
"""What the client was given, or why it has nothing: the first word is "bound" when it has an address."""

CLIENT = "/usr/lib/wiretale/leased"
"""What the client tells its news to; it sets address, route and resolver."""


_ANSWERS = """\
table ip answers
delete table ip answers
table ip answers {{
	chain arriving {{
		type filter hook prerouting priority mangle
		iifname "{network}" udp sport 67 udp dport 68 udp sport set 66
	}}
}}
"""
"""What brings the server's answers to the client.

udhcpc sends a renewal by a socket of its own that is connected to the server's port, and listens with another one. When
the answer comes before the first is closed, it goes there, as the better fit, and nobody reads it (seen three times in
twenty on a busy machine). With another port to come from it fits only the socket that listens. On the wire, and for
packet sockets, which the client has while it has no address, all is as the server sent it.
"""


def leased(setup: Setup, node: str, network: str) -> Setup:
    """Return the setup of a node that only waits, with a DHCP client as its service.

    It says what the node is called (RFC 2132, 3.14). udhcpc asks at once and then once a second (-T), five times (-t),
    and goes on asking for ever, once an hour. The client's packets are its own, so it needs a raw socket, and
    what it is told to set needs the network's rights.
    """
    return replace(
        setup,
        command=(*_client(node, network), "-t", "5", "-T", "1", "-A", "3600"),
        user="root",
        login=setup.login or setup.user,
        firewall=setup.firewall + _ANSWERS.format(network=network),
        capabilities=setup.capabilities | {"NET_ADMIN", "NET_RAW"},
        ready=(Question("file", 0, b"", rb"^bound ", path=LEASE),),
        answers="asks for its address",
    )


def lessee_by_hand(node: NodePlan) -> tuple[str, ...]:
    """Return the command by which root asks for the address of a node: twice, and it gives it back at its end (-R)."""
    network = next(end.network for end in node.interfaces if end.leased)
    return (*_client(node.name, network), "-t", "2", "-T", "1", "-R")


def _client(node: str, network: str) -> tuple[str, ...]:
    return "udhcpc", "-f", "-i", network, "-s", CLIENT, "-x", f"hostname:{node}"

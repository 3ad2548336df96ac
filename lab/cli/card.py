"""The card: the order in which the demos make one show: the home LAN, the Internet, the office."""

from collections.abc import Iterable

HOME_LAN = ("dns", "traceroute", "http", "printing", "arp-poisoning", "proposal")
INTERNET = (
    "addresses",
    "dhcp",
    "nat",
    "dns-hierarchy",
    "journey",
    "traceroute-15",
    "geolocate",
    "routing",
    "ipv6",
    "mtu",
)
OFFICE = (
    "layers",
    "sockets",
    "errors",
    "udp-vs-tcp",
    "surfing",
    "rfc-download",
    "twisted-echo",
    "rest-api",
    "encrypted",
    "irc",
    "telnet",
    "ssh",
    "ftp",
    "mail",
    "xmpp",
    "snmp",
    "lonely-printers",
    "lonely-tivos",
    "traffic",
    "pyshark",
)
_ORDER = (*HOME_LAN, *INTERNET, *OFFICE)


def in_order(scenarios: Iterable[str]) -> list[str]:
    """Return scenarios in the order of the card; those that are not on it come last, by name."""
    return sorted(scenarios, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))

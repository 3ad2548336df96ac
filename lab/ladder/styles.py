"""Text in pieces, each with the name of its style: whoever shows it may colour it, and loses nothing if not."""

from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """What a piece of a ladder is."""

    ACT = "act"
    NODE = "node"
    MUTED = "muted"
    ARP = "arp"
    DNS = "dns"
    ICMP = "icmp"
    TCP = "tcp"
    HTTP = "http"
    OTHER = "other"
    NOTE = "note"
    ANSWER = "answer"
    LIE = "lie"
    RELAYED = "relayed"
    LOST = "lost"

    @classmethod
    def of(cls, protocol: str) -> "Style":
        """Return the style of a protocol's word: "DNS", "mDNS", "HTTP", ..."""
        return _OF_PROTOCOLS.get(protocol, cls.OTHER)


_OF_PROTOCOLS = {
    "ARP": Style.ARP,
    "NDP": Style.ARP,
    "DNS": Style.DNS,
    "mDNS": Style.DNS,
    "SSDP": Style.HTTP,
    "ICMP": Style.ICMP,
    "ICMPv6": Style.ICMP,
    "BGP": Style.HTTP,
    "TCP": Style.TCP,
    "TLS": Style.ICMP,
    "HTTP": Style.HTTP,
    "IPP": Style.HTTP,
    "IRC": Style.HTTP,
    "FTP": Style.HTTP,
    "SMTP": Style.HTTP,
    "POP3": Style.HTTP,
    "IMAP": Style.HTTP,
    "XMPP": Style.HTTP,
    "telnet": Style.HTTP,
    "SSH": Style.ICMP,
    "SNMP": Style.DNS,
}


@dataclass(frozen=True)
class Span:
    """A piece of a line."""

    text: str
    style: Style


Line = tuple[Span, ...]

"""What a packet says, in a few words: its protocol and a short text, harmless and one column a character."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scapy.layers.dhcp import BOOTP
from scapy.layers.dns import DNS, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP
from scapy.packet import Packet

from lab.capture import payload
from lab.harmless import one_line
from lab.ladder.bgp import bgp_text
from lab.ladder.dhcp import dhcp
from lab.ladder.headers import Header
from lab.ladder.icmpv6 import ICMPV6
from lab.ladder.snmp import SNMP_PORT, snmp_text
from lab.ladder.telnet import TELNET_PORT, without_commands
from lab.ladder.tls import tls_text

MDNS_PORT, IPP_PORT, SSDP_PORT = 5353, 631, 1900
_LINES = {
    21: "FTP",
    25: "SMTP",
    110: "POP3",
    143: "IMAP",
    587: "SMTP",
    5222: "XMPP",
    6667: "IRC",
    TELNET_PORT: "telnet",
}
"""Protocols that people could type, line by line, by their ports."""
LETTER_PORTS = frozenset({25, 110, 143})
_SPOKEN = {**_LINES, 22: "SSH"}
SPOKEN_IN_LINES = frozenset(_LINES.values())

_LONGEST = 60
_UDP_HEADER = 8  # bytes
_IGMP = 2  # the protocol's number in an IP header
_HTTP = re.compile(rb"(?:HTTP/1\.[01] (\d{3}[^\r\n]*)|([A-Z]{3,8} \S+ HTTP/1\.[01]))\r?(?:\n|$)")
_STANZA = re.compile(rb"(</?[\w:]+)[^<>]*?(/?>)(?:(?:<[\w:]+[^<>]*>)*([^<>]+))?")
"""An element of XML, and the first text in it; attributes stand in any order, and would be drawn by lot."""
_SSDP_FIELDS = re.compile(r"^(NTS?|ST): *(.*?)\r?$", re.MULTILINE | re.IGNORECASE)
_DNS_TYPES = {
    1: "A",
    2: "NS",
    5: "CNAME",
    6: "SOA",
    12: "PTR",
    16: "TXT",
    28: "AAAA",
    33: "SRV",
    47: "NSEC",
    255: "ANY",
}
_NS = 2
_DNS_ERRORS = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_ICMP_TYPES = {0: "echo reply", 5: "redirect", 8: "echo request", 11: "time exceeded"}
_UNREACHABLE = {0: "network", 1: "host", 2: "protocol", 3: "port", 13: "administratively"}
_IGMP_TYPES = {0x11: "who listens?", 0x12: "joins", 0x16: "joins", 0x17: "leaves", 0x22: "membership report"}
_IPP_OPERATIONS = {
    0x02: "Print-Job",
    0x04: "Validate-Job",
    0x05: "Create-Job",
    0x06: "Send-Document",
    0x08: "Cancel-Job",
    0x09: "Get-Job-Attributes",
    0x0A: "Get-Jobs",
    0x0B: "Get-Printer-Attributes",
}


@dataclass(frozen=True)
class Words:
    """A protocol's word and what is said in it: "DNS", "A python.org ?"."""

    protocol: str
    text: str


def words(packet: Packet) -> Words:
    """Say what a packet is, whatever it is; of a piece of a packet, which part of it."""
    header = Header.of(packet)
    if header is None or header.fragment is None:
        return _whole(packet)
    if header.is_later_piece:
        return Words(header.carries, f"{header.fragment}")
    begun = _whole(packet)
    return Words(begun.protocol, f"{begun.text}, {header.fragment}")


def _whole(packet: Packet) -> Words:
    for layer, said in _SAID.items():
        if (found := packet.getlayer(layer)) is not None:
            protocol, text = said(found, packet)
            return Words(protocol, shortened(one_line(text)))
    return Words("?", shortened(one_line(f"{packet.name}, {len(packet.original)} bytes")))


def shortened(text: str, longest: int = _LONGEST) -> str:
    """Return text of at most ``longest`` characters, with "…" where it was cut."""
    return text if len(text) <= longest else f"{text[: max(longest - 1, 0)]}…"


def _arp(arp: ARP, _: Packet) -> tuple[str, str]:
    if arp.op == 2:
        return "ARP", f"{arp.psrc} is at {arp.hwsrc}"
    if arp.op != 1:
        return "ARP", f"operation {arp.op}"
    if arp.psrc == "0.0.0.0":  # RFC 5227, 2.1.1: a probe does not say who asks
        return "ARP", f"does anybody have {arp.pdst}?"
    if arp.psrc == arp.pdst:
        return "ARP", f"all hear: {arp.psrc} is at {arp.hwsrc}"
    return "ARP", f"who has {arp.pdst}? tell {arp.psrc}"


def _icmp(icmp: ICMP, _: Packet) -> tuple[str, str]:
    if icmp.type == 3 and icmp.code == 4:  # RFC 1191, section 4
        return "ICMP", f"fragmentation needed: at most {icmp.nexthopmtu} bytes"
    if icmp.type == 3:
        return "ICMP", f"{_UNREACHABLE.get(icmp.code, f'code {icmp.code}:')} unreachable"
    return "ICMP", _ICMP_TYPES.get(icmp.type, f"type {icmp.type}, code {icmp.code}")


def _dns(dns: DNS, packet: Packet) -> tuple[str, str]:
    udp = packet.getlayer(UDP)
    protocol = "mDNS" if udp is not None and MDNS_PORT in (udp.sport, udp.dport) else "DNS"
    return protocol, dns_text(dns)


def dns_text(dns: DNS) -> str:
    """Say what a DNS message asks or answers: "A python.org ?", "python.org A 198.18.2.80"."""
    asked = [f"{_dns_type(one.qtype)} {_name(one.qname)}" for one in _records(dns.qd)]
    answers = [_answer(one) for one in _records(dns.an)]
    if not dns.qr:
        return f"{_some(asked)} ?"
    if dns.rcode:
        return f"{_DNS_ERRORS.get(dns.rcode, f'error {dns.rcode}')}: {_some(asked)}"
    servers = [_dns_value(one) for one in _records(dns.ns) if one.type == _NS]
    return _some(answers) if answers else f"{_some(asked)}: {f'ask {_some(servers)}' if servers else 'there is none'}"


def dns_records(dns: DNS) -> list[str]:
    """Return each record that a message announces, or asks about."""
    return [shortened(one_line(_answer(one))) for one in _records(dns.an)] or [shortened(one_line(dns_text(dns)))]


def _records(field: object) -> list[Packet]:
    """Return the records of a DNS section: scapy gives a list of them, nothing, or what it could not dissect."""
    return [one for one in field if hasattr(one, "rrname") or hasattr(one, "qname")] if isinstance(field, list) else []


def _answer(record: Packet) -> str:
    return f"{_name(record.rrname)} {_dns_type(record.type)} {_dns_value(record)}".rstrip()


def _dns_value(record: Packet) -> str:
    if hasattr(record, "target"):  # SRV
        return f"{_name(record.target)}:{record.port}"
    value = record.rdata if isinstance(record, DNSRR) else ""
    if isinstance(value, list):
        return " ".join(map(_name, value))
    return _name(value) if isinstance(value, bytes) else str(value)


def _dns_type(number: int) -> str:
    return _DNS_TYPES.get(number, f"TYPE{number}")


def _name(name: object) -> str:
    text = name.decode(errors="backslashreplace") if isinstance(name, bytes) else str(name)
    return text.removesuffix(".") or "."


def _some(several: list[str]) -> str:
    more = f" and {len(several) - 2} more" if len(several) > 2 else ""
    return ", ".join(several[:2]) + more


def _tcp(tcp: TCP, packet: Packet) -> tuple[str, str]:
    said = payload(tcp)
    if not said:
        return "TCP", tcp_flags(tcp)
    routes = bgp_text(packet)
    protocol, text = ("BGP", routes) if routes else _message(said, tcp)
    return protocol, f"{text} and closes" if tcp.flags.F else text


def message(said: bytes, tcp: TCP) -> Words:
    """Say what bytes of a TCP stream are; ``tcp`` is a header of that stream.

    An interim answer (RFC 9110, 15.2) is told with the one that it announces, if that is there.
    """
    protocol, text = _message(said, tcp)
    _, _, rest = said.partition(b"\r\n\r\n")
    if protocol in ("HTTP", "IPP") and text.startswith("1") and rest:
        text = f"{text}, {_message(rest, tcp)[1]}"
    return Words(protocol, shortened(one_line(text)))


def _message(said: bytes, tcp: TCP) -> tuple[str, str]:
    if found := _HTTP.match(said):
        first_line = (found[1] or found[2]).decode(errors="backslashreplace")
        return ("IPP", _ipp(first_line, said)) if IPP_PORT in (tcp.sport, tcp.dport) else ("HTTP", first_line)
    if ciphered := tls_text(said):
        return "TLS", ciphered
    spoken = next((_SPOKEN[port] for port in (tcp.dport, tcp.sport) if port in _SPOKEN), "TCP")
    if spoken == "XMPP":
        return spoken, _stanza(said)
    if spoken == "SSH":  # first a line with versions, and maybe a comment (RFC 4253, section 4.2); then noise
        return spoken, _quoted(re.split(rb"[ \r]", said)[0]) if said.startswith(b"SSH-") else f"{len(said)} bytes"
    text = as_read(said, tcp)
    return spoken, _quoted(text) if text else "options"


def as_read(said: bytes, tcp: TCP) -> bytes:
    """Return the part of what was said in a TCP stream that is for people; by telnet, programs agree on options too."""
    return without_commands(said) if TELNET_PORT in (tcp.sport, tcp.dport) else said


def _stanza(said: bytes) -> str:
    """Say the first element of what is said by XMPP (RFC 6120, section 4.1), and the text in it."""
    found = _STANZA.search(said)
    if not found:
        return _quoted(said)
    begin, end, text = (part.decode(errors="backslashreplace") if part else "" for part in found.groups())
    return f'{begin}{end} "{shortened(text, 40)}"' if text.strip() else f"{begin}{end}"


def _ipp(first_line: str, said: bytes) -> str:
    """Add the operation that the body of a request begins with (RFC 8010, 3.1.1), when it is there."""
    body = said.partition(b"\r\n\r\n")[2]
    operation = _IPP_OPERATIONS.get(int.from_bytes(body[2:4], "big")) if body[:1] in (b"\1", b"\2") else None
    is_request = first_line.startswith("POST")
    return f"{operation}: {first_line}" if operation and is_request else first_line


def tcp_flags(tcp: TCP) -> str:
    """Return the flags as words: "SYN", "SYN ACK", "RST ACK"; pushing is nobody's business."""
    named = {"S": "SYN", "F": "FIN", "R": "RST", "A": "ACK"}
    return " ".join(word for letter, word in named.items() if letter in str(tcp.flags)) or "no flags"


def _quoted(said: bytes) -> str:
    line = re.split(rb"[\r\n]", said.lstrip(b"\r\n"), maxsplit=1)[0]
    text = line.decode(errors="replace")
    readable = text.strip() and text.isprintable() and "\N{REPLACEMENT CHARACTER}" not in text
    return f'"{shortened(text, 40)}"' if readable else f"{len(said)} bytes"


def _udp(udp: UDP, _: Packet) -> tuple[str, str]:
    if SSDP_PORT in (udp.sport, udp.dport):
        return "SSDP", _ssdp(payload(udp).decode(errors="backslashreplace"))
    if SNMP_PORT in (udp.sport, udp.dport):
        return "SNMP", snmp_text(payload(udp))
    said = payload(udp)
    text = _quoted(said) if b"\n" in said else f"{udp_bytes(udp)} bytes"  # a line of text has an end
    return "UDP", f"{text} to port {udp.dport}"


def _ssdp(said: str) -> str:
    """Say what a device wants of others (UPnP Device Architecture 1.1, section 1), and of what it speaks."""
    fields = {name.upper(): value for name, value in _SSDP_FIELDS.findall(said)}
    about = [fields[name] for name in ("NTS", "NT", "ST") if name in fields]
    return " ".join((said.partition(" ")[0], *about))


def udp_bytes(udp: UDP) -> int:
    """Return how many bytes a datagram carries as a whole, of which a piece may hold the first only."""
    return max(len(payload(udp)), (udp.len or 0) - _UDP_HEADER)


def _ip(ip: IP, _: Packet) -> tuple[str, str]:
    said = payload(ip)
    if ip.proto == _IGMP and said:
        return "IGMP", f"{_IGMP_TYPES.get(said[0], f'type {said[0]}')} {ip.dst}"
    return "IP", f"protocol {ip.proto}, {len(said)} bytes"


def _ipv6(ip: IPv6, _: Packet) -> tuple[str, str]:
    return "IPv6", f"protocol {ip.nh}, {len(payload(ip))} bytes"


_SAID: Mapping[type[Packet], Callable[..., tuple[str, str]]] = {
    # An ICMP error quotes the packet that it is about, so it is looked for first.
    ARP: _arp,
    ICMP: _icmp,
    **ICMPV6,
    DNS: _dns,
    BOOTP: dhcp,
    TCP: _tcp,
    UDP: _udp,
    IP: _ip,
    IPv6: _ipv6,
}

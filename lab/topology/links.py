"""A node's place on a network: from what a link says to its addresses, and what cannot be so."""

from collections.abc import Iterator
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, IPv6Network
from typing import Annotated, Literal

from lab.topology.impairments import Delay, Loss, Rate, excesses, impairment
from lab.topology.model import KEY, Complaint, Frozen, Link, Network, Spelling

Mac = Annotated[
    str,
    Spelling(
        "MAC address of a node",
        r"(?!00(:00){5}$)[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}",
        "write six pairs of hexadecimal digits such as 02:00:00:00:00:17, the first pair even",
    ),
]


_LINK_LOCAL = IPv6Network("fe80::/64")


class LinkOptions(Frozen):
    """A link, written out; the host number alone means the same."""

    host: int | None = None
    """The place of the address in the subnet: 23 is 192.168.1.23 in 192.168.1.0/24."""
    dhcp: bool = False
    """Whether the node asks a DHCP server for its address; the one of `host` is kept for it if that is given."""
    ipv6: Literal["slaac"] | None = None
    """With `slaac` it makes its IPv6 address itself, of what the router advertises; else `host` is its end: ::23."""
    mac: Mac | None = None
    """The hardware address, where it is not to be made from the names."""
    delay: Delay | None = None
    """How long each frame is on its way, what the node sends and what it receives: `20ms`."""
    rate: Rate | None = None
    """How many bits pass in a second, in each direction: `1mbit`."""
    loss: Loss | None = None
    """Which of the IP packets that the node sends are lost: `1/3` is every third one."""


def misfits(options: LinkOptions, network: Network) -> Iterator[Complaint]:
    """Yield what cannot be so on this network; places start at the link."""
    if options.host is None and not options.dhcp:
        yield Complaint((KEY,), "key 'host' is missing", "write it like {host: 23}, or say 'dhcp'")
    elif options.host is not None:
        yield from _no_host(options.host, network)
    if options.ipv6 == "slaac" and network.ipv6 is None:
        yield Complaint(("ipv6",), f"'{network.name}' has no IPv6 prefix", "give it one, as in 'ipv6: 2001:db8:1::/64'")
    elif network.ipv6 and _slaac(options, network) and network.ipv6.prefixlen != 64:
        what = f"an address cannot be made of {network.ipv6}, the prefix of '{network.name}'"
        yield Complaint((), what, "for SLAAC its length must be 64 (RFC 4862, 5.5.3)")
    yield from excesses(options.delay, options.rate)


def _no_host(number: int, network: Network) -> Iterator[Complaint]:
    """Complain about a place in the subnet that is not for hosts; a /31 is two hosts, RFC 3021."""
    subnet = network.subnet
    last = subnet.num_addresses - 1
    lowest, highest = (0, 1) if subnet.prefixlen == 31 else (1, last - 1)
    if not lowest <= number <= highest:
        whose = {0: "the network itself", last: "everybody on the network (broadcast)"}.get(number)
        what = f"is the address of {whose}" if whose else f"is outside {subnet}"
        yield Complaint((), f"host number {number} {what}", f"hosts are {lowest} to {highest}")


def link(topology: str, node: str, network: Network, options: LinkOptions) -> Link:
    """Return the link of ``node`` to ``network``; nothing about it misfits."""
    mac = options.mac.lower() if options.mac else _mac(topology, node, network.name)
    subnet, slaac = network.subnet, _slaac(options, network)
    return Link(
        network=network.name,
        ip=None if options.host is None else IPv4Interface((subnet[options.host], subnet.prefixlen)),
        mac=mac,
        leased=options.dhcp,
        ip6=_ip6(network.ipv6, _identifier(mac) if slaac else _digits(options.host or 0)) if network.ipv6 else None,
        slaac=slaac,
        impairment=impairment(options.delay, options.rate, options.loss),
    )


def link_local(mac: str) -> IPv6Address:
    """Return the address that an interface makes itself for its own network (RFC 4862, 5.3)."""
    return IPv6Address(int(_LINK_LOCAL.network_address) + _identifier(mac))


def _slaac(options: LinkOptions, network: Network) -> bool:
    """Tell whether a node makes its IPv6 address itself: it says so, or has no number to make one of."""
    return network.ipv6 is not None and (options.ipv6 == "slaac" or options.host is None)


def _ip6(prefix: IPv6Network, identifier: int) -> IPv6Interface:
    return IPv6Interface((IPv6Address(int(prefix.network_address) + identifier), prefix.prefixlen))


def _digits(number: int) -> int:
    """Return what the digits of a host number mean at the end of an IPv6 address: 23 is ::23, as people read it."""
    return int(str(number), 16)


def _identifier(mac: str) -> int:
    """Return a MAC as an interface identifier: a modified EUI-64 (RFC 4291, appendix A)."""
    octets = bytes.fromhex(mac.replace(":", ""))
    return int.from_bytes(bytes([octets[0] ^ 2]) + octets[1:3] + b"\xff\xfe" + octets[3:], "big")


def _mac(topology: str, node: str, network: str) -> str:
    """Return a MAC that is always the same for these names, from the range for local use (IEEE 802, second bit)."""
    return "02:" + blake2b(f"{topology}/{node}/{network}".encode(), digest_size=5).digest().hex(":")


def number_hint(value: object, network: Network | None) -> str:
    """Return the host number of a full address of the network, or nothing."""
    try:
        address = IPv4Address(str(value).partition("/")[0])
    except ValueError:
        return ""
    if network is None or address not in network.subnet:
        return ""
    return f"did you mean {int(address) - int(network.subnet.network_address)}?"

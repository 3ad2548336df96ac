"""BGP in words: what the messages of a segment say (RFC 4271)."""

from collections.abc import Sequence

from scapy.packet import Packet

from lab.capture import BgpMessage, bgp_messages


def bgp_text(packet: Packet) -> str:
    """Return what the BGP messages of a packet say; empty when it carries none."""
    return ", ".join(map(message_text, bgp_messages(packet)))


def message_text(said: BgpMessage) -> str:
    """Say what one message is: "UPDATE withdraws 198.18.2.0/24", "UPDATE 198.18.1.0/24 by AS 64501"."""
    if said.kind != "UPDATE":
        return " ".join(filter(None, (said.kind, said.about)))
    if said.ends_table:
        return "UPDATE that was all"
    told = [f"withdraws {_some(said.withdraws)}"] if said.withdraws else []
    told += [announced(said.announces, said.path)] if said.announces else []
    return f"UPDATE {', '.join(told)}"


def announced(networks: Sequence[str], path: Sequence[int]) -> str:
    """Say that networks are reached by a path of systems."""
    return f"{_some(networks)} by AS {' '.join(map(str, path))}"


def _some(several: Sequence[str]) -> str:
    more = f" and {len(several) - 2} more" if len(several) > 2 else ""
    return ", ".join(several[:2]) + more

"""The card of the home LAN: the order in which its demos make one show."""

from collections.abc import Iterable

CARD = ("dns", "traceroute", "http", "printing", "arp-poisoning", "proposal")


def in_order(scenarios: Iterable[str]) -> list[str]:
    """Return scenarios in the order of the card; those that are not on it come last, by name."""
    return sorted(scenarios, key=lambda name: (CARD.index(name) if name in CARD else len(CARD), name))

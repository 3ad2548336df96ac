"""Geolocation: where in the world the routers on the way are, as a database of addresses has it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab.capture import Capture
from lab.places import Spot, Stop, database, lookup, worldmap
from lab.running import Lab
from lab.scenario import Evidence, Mmdb, Svg, scenario
from lab.tracing import complainants, names

NAME = "python.org"


@dataclass(frozen=True)
class Hop:
    """A line of the table: how far, which address, what it is called, and where it is; empty where nobody knows."""

    hop: int
    ip: str
    name: str
    country: str
    city_of_zone: str
    city: str


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires, the database that was asked, the table that came of it, and the map."""

    traced: Capture
    printed: str
    places: Mmdb
    table: tuple[Hop, ...]
    map: Svg


@scenario("geolocate", topology="internet", shows="icmp.type == 11 || icmp.type == 3 || dns.resp.type == 12")
def geolocate(lab: Lab) -> Seen:
    """Tell it in one act: the way is traced; then its addresses are looked up, and no frame is needed for that."""
    laptop = lab["laptop"]
    with lab.act(
        f"The laptop finds out who stands on the way to {NAME}: fifteen addresses, and what they are called.",
        "Where in the world are they? Does any of these packets say so?",
        "No. A packet carries addresses, not places, and who runs a router may call it what they like. But there are "
        "databases that list which addresses are used where. Nobody on the way is asked for that.",
    ) as traced:
        printed = laptop.types("traceroute", "-q", "1", "-N", "1", NAME)

    places = Mmdb(database(lab.plan))
    table, stops = _looked_up(traced.capture, places)
    lab.shows("", "Each address is looked up in places.mmdb, a database of the lab's own:", "", *_printed(table))
    map = worldmap(stops, f"The way to {NAME}")
    lab.shows("", "A time zone is called after one city of many: the routers in Boston keep the time of New York.")
    lab.shows("192.168.1.1 is used in a million homes, so it has no place. The map is in map.svg, beside the capture.")
    return Seen(lab.plan, traced.capture, printed, places, table, Svg(map))


def _looked_up(traced: Capture, places: bytes) -> tuple[tuple[Hop, ...], list[Stop]]:
    way, called = complainants(traced, "laptop"), names(traced, "laptop")
    spots = lookup(places, way.values())
    table = tuple(_hop(hop, ip, called.get(ip, ""), spots[ip]) for hop, ip in way.items())
    return table, [Stop(hop, spot) for hop, ip in way.items() if (spot := spots[ip])]


def _hop(hop: int, ip: str, name: str, spot: Spot | None) -> Hop:
    where = (spot.country, spot.city_of_zone, spot.city) if spot else ("", "", "")
    return Hop(hop, ip, name, *where)


def _printed(table: Sequence[Hop]) -> Iterator[str]:
    yield f"{'':>2}  {'address':<13}  {'country':<14}  {'by its time zone':<16}  city"
    for row in table:
        yield f"{row.hop:>2}  {row.ip:<13}  {row.country or '-':<14}  {row.city_of_zone or '-':<16}  {row.city or '-'}"

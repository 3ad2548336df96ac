"""The database of a topology's places: a file in MaxMind's format (MMDB), with the fields of a GeoLite2-City one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import maxminddb
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from lab.plan.model import Plan
from lab.topology.model import Place

_KIND, _LANGUAGE = "Wiretale-City", "en"  # readers take "City" in it as a promise of these fields


@dataclass(frozen=True)
class Spot:
    """What the database knows of an address; ``at`` is its latitude and longitude in degrees."""

    country: str
    city: str
    at: tuple[float, float]
    zone: str

    @property
    def city_of_zone(self) -> str:
        """The city after which the time zone is called: New York for America/New_York."""
        return self.zone.rpartition("/")[2].replace("_", " ")


def database(plan: Plan) -> bytes:
    """Return a database with every public address of the nodes that have a place.

    A private address has none: it is used in a thousand homes (RFC 1918).
    """
    writer = MMDBWriter(4, _KIND, languages=[_LANGUAGE], description=f"The places of {plan.topology}")
    for ip, end in plan.owners.items():
        place = plan[end.node].place
        if place and isinstance(ip, IPv4Address) and not plan.segment(end.network).private:
            writer.insert_network(IPSet([str(ip)]), _record(place))
    with TemporaryDirectory() as folder:
        file = Path(folder, "places.mmdb")
        writer.to_db_file(str(file))
        return file.read_bytes()


def _record(place: Place) -> dict[str, Any]:
    latitude, longitude = place.at
    return {
        "city": {"names": {_LANGUAGE: place.city}},
        "country": {"names": {_LANGUAGE: place.country}},
        "location": {"latitude": latitude, "longitude": longitude, "time_zone": place.zone},
    }


def lookup(database: bytes, ips: Iterable[str]) -> Mapping[str, Spot | None]:
    """Look addresses up; None is for one that the database does not know."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "places.mmdb")
        file.write_bytes(database)
        with maxminddb.open_database(file) as reader:
            return {ip: _spot(reader.get(ip)) for ip in ips}


def _spot(record: Any) -> Spot | None:
    if record is None:
        return None
    where = record["location"]
    return Spot(
        record["country"]["names"][_LANGUAGE],
        record["city"]["names"][_LANGUAGE],
        (where["latitude"], where["longitude"]),
        where["time_zone"],
    )

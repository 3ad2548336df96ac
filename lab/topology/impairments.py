"""How the impairments of a link are spelt: its delay and its rate as tc(8) spells them, its loss as a fraction."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator

from lab.topology.model import Complaint, Impairment, Spelling

_MICROSECONDS = {"us": 1, "ms": 1_000, "s": 1_000_000}
_BITS = {"bit": 1, "kbit": 1_000, "mbit": 1_000_000, "gbit": 1_000_000_000}

LONGEST_DELAY = 5 * _MICROSECONDS["s"]
SLOWEST, FASTEST = 8 * _BITS["kbit"], 10 * _BITS["gbit"]
"""At the slowest rate a full frame takes a second and a half."""

_NUMBER = r"(?=.*[1-9])[0-9]{1,6}(\.[0-9]{1,3})?"


def _written(value: object) -> object:
    """Return a number as the word that it is in the file, so that it is told which unit it lacks."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Delay = Annotated[
    str,
    BeforeValidator(_written),
    Spelling("delay", rf"{_NUMBER}(us|ms|s)", "write it with its unit, like 20ms, 500us or 1.5s"),
]

Rate = Annotated[
    str,
    BeforeValidator(_written),
    Spelling("rate", rf"{_NUMBER}(bit|kbit|mbit|gbit)", "write it in bits per second, like 512kbit, 1mbit or 1gbit"),
]

Loss = Annotated[
    str,
    BeforeValidator(_written),
    Spelling("loss", r"1/([2-9]|[1-9][0-9]{1,3})", "write which packets are lost: 1/3 is every third one"),
]


def impairment(delay: str | None, rate: str | None, loss: str | None) -> Impairment:
    """Return what the words mean; each is spelt right, or missing."""
    return Impairment(
        delay=_amount(delay, _MICROSECONDS) if delay else 0,
        rate=_amount(rate, _BITS) if rate else 0,
        loss=int(loss.partition("/")[2]) if loss else 0,
    )


def excesses(delay: str | None, rate: str | None) -> Iterator[Complaint]:
    """Complain about what no lab has; places start at the link."""
    if delay and not 1 <= _amount(delay, _MICROSECONDS) <= LONGEST_DELAY:
        yield Complaint(("delay",), f"a frame cannot be delayed by {delay}", "delays are 1us to 5s")
    if rate and not SLOWEST <= _amount(rate, _BITS) <= FASTEST:
        yield Complaint(("rate",), f"no link has a rate of {rate}", "rates are 8kbit to 10gbit")


def _amount(word: str, units: dict[str, int]) -> int:
    """Return a number with its unit as so many of the smallest one."""
    match = re.fullmatch(r"([0-9.]+)([a-z]+)", word)
    assert match
    return int(Decimal(match[1]) * units[match[2]])

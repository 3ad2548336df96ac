"""What was measured, as values and as JSON: for each part its figures, and the machine as it was at that time."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

Values = tuple[float, ...]

FAILOVER, SILENCE = "routing", "routing/silence"
"""The story in which a cable is cut, and how long pings are lost in it, in seconds."""


@dataclass(frozen=True)
class Circumstances:
    """Where and when a part was measured; ``load`` is how many wanted a processor in the last minute, before, after."""

    date: str
    cpu: str
    cpus: int
    memory_mb: int
    kernel: str
    python: str
    engine: str
    load: tuple[float, float]


@dataclass(frozen=True)
class Part:
    """The raw figures of one part: under each name one value a round, in the order in which they were measured."""

    circumstances: Circumstances
    figures: Mapping[str, Values]
    notes: Mapping[str, str] = field(default_factory=dict)
    """What is no number: profiles."""


Parts = Mapping[str, Part]


def written(parts: Parts) -> str:
    """Return parts as JSON."""
    return json.dumps({key: asdict(parts[key]) for key in sorted(parts)}, indent=1, ensure_ascii=False) + "\n"


def read(text: str) -> dict[str, Part]:
    """Return the parts that ``written`` wrote."""
    return {key: _part(**told) for key, told in json.loads(text).items()}


def _part(circumstances: dict[str, object], figures: dict[str, list[float]], notes: dict[str, str]) -> Part:
    load = circumstances.pop("load")
    here = Circumstances(**circumstances, load=tuple(load))  # type: ignore[arg-type]
    return Part(here, {name: tuple(values) for name, values in figures.items()}, notes)

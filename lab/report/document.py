"""A run as one document: its acts with their frames and steps, its proofs with the frames that they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lab import kinds
from lab.capture import Frame
from lab.errors import InputError
from lab.evidence import RESULT, TOPOLOGY, Told, load_told, read_result
from lab.ladder.acts import Drawn
from lab.plan import Plan, plan
from lab.proving import Proof, Verdict
from lab.topology.model import Topology
from lab.topology.reading import read as read_topology

_PROOFS = TypeAdapter(tuple[Proof, ...])


@dataclass(frozen=True)
class Act:
    """An act: its number from 1 on, what was told and seen, and how its frames are drawn."""

    number: int
    told: Told
    drawn: Drawn
    nodes: tuple[str, ...]
    """The nodes that its arrows touch, in the order of their columns."""

    @property
    def sentence(self) -> str:
        """What the story says of it, or else the name of its window."""
        return self.told.sentence or self.told.name


@dataclass(frozen=True)
class Report:
    """All that is told of a run; made from its folder, without Docker."""

    scenario: str
    topology: Topology
    plan: Plan
    acts: tuple[Act, ...]
    proofs: tuple[Proof, ...]

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """All frames, in order."""
        return tuple(frame for act in self.acts for frame in act.told.capture)

    @property
    def verdict(self) -> str:
        """The verdicts together: "13 of 13 proofs passed", or that nobody asked."""
        if not self.proofs:
            return "not proven yet"
        passed = sum(proof.verdict is Verdict.PASSED for proof in self.proofs)
        return f"{passed} of {len(self.proofs)} proofs passed"

    @property
    def worst(self) -> str:
        """The worst verdict that there is, or "unproven"."""
        found = {proof.verdict for proof in self.proofs}
        in_order = (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.UNASKED, Verdict.PASSED)
        return next((str(verdict) for verdict in in_order if verdict in found), "unproven")

    @cached_property
    def proved_by(self) -> Mapping[int, tuple[int, ...]]:
        """The numbers, from 1 on, of the proofs that rest on a frame, by the frame's number."""
        found: dict[int, list[int]] = {}
        for number, proof in enumerate(self.proofs, 1):
            for frame in proof.frames:
                found.setdefault(frame, []).append(number)
        return {frame: tuple(proofs) for frame, proofs in found.items()}


def read(folder: Path) -> Report:
    """Read the folder that a run left.

    Raises ``InputError``, with the file, for a folder that is none, or that is damaged.
    """
    if not (folder / RESULT).is_file():
        raise InputError(
            f"{folder}: this is no run: there is no {RESULT} in it; `./invoke run` leaves runs/SCENARIO/TIME"
        )
    result = read_result(folder)
    topology = read_topology(folder / TOPOLOGY, kinds.load())
    planned = plan(topology)
    try:
        told, proofs = load_told(folder), _PROOFS.validate_python(result.get("proofs", ()))
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        raise InputError(f"{folder / RESULT}: this is not what a run wrote: {_first_line(error)}") from error
    acts = tuple(act_of(number, act, planned) for number, act in enumerate(told, 1))
    return Report(str(result.get("scenario", folder.name)), topology, planned, acts, proofs)


def _first_line(error: Any) -> str:
    return str(error).splitlines()[0]


def act_of(number: int, told: Told, planned: Plan) -> Act:
    """Return an act as it is drawn; ``number`` counts from 1 on."""
    drawn = Drawn.of(number, told, planned, unfold=False)
    return Act(number, told, drawn, drawn.nodes(planned))

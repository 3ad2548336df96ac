"""What has to change for a lab to be as planned: the lab that is there beside the one that is wanted. Pure.

A node carries what it was made of as a label: for every part of its plan, and every option of its topology, a digest.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import partial
from typing import Any

from lab.plan.model import NodePlan, Plan
from lab.topology.model import Frozen

Digests = Mapping[str, str]

NOT_OF_THE_NODE = frozenset(
    {"name", "answers", "ready", "forgets", "login", "port", "learns", "after", "place", "system", "impairment"}
)
"""What a plan says of a node that the node does not hold: ports and wires are the switch's, others ask questions."""

_WORDS = {"interfaces": "addresses"}


@dataclass(frozen=True)
class Recipe:
    """What a node is made of: ``parts`` decide whether it is another, ``options`` say it in the topology's words."""

    parts: Digests
    options: Digests

    @classmethod
    def read(cls, label: str) -> "Recipe":
        """Read a recipe back from a label; a node without one was made of nothing that we know."""
        return cls(**json.loads(label)) if label else cls({}, {})

    @property
    def label(self) -> str:
        """The recipe as a label."""
        return json.dumps({"parts": dict(self.parts), "options": dict(self.options)})

    def why_not(self, other: "Recipe") -> str:
        """Say what differs in another recipe; nothing where the same node comes out of both."""
        if not (parts := _differing(self.parts, other.parts)):
            return ""
        if not other.parts:
            return "it was made by another Wiretale"
        named = _differing(self.options, other.options) or [_WORDS.get(part, part) for part in parts]
        return f"its {_listed(named)} changed"


def recipes(drawn: Mapping[str, Frozen], plan: Plan, image: str) -> Mapping[str, Recipe]:
    """Return the recipe of every node of a plan, made from an image and from the nodes that a topology has drawn."""
    return {name: _recipe(node, image, drawn[name]) for name, node in plan.nodes.items()}


def _recipe(node: NodePlan, image: str, options: Frozen) -> Recipe:
    return Recipe(_digests({**dict(_parts(node)), "image": image}), _digests(dict(options)))


def _parts(node: NodePlan) -> Iterator[tuple[str, object]]:
    """Yield the parts of a node's plan, those of its setup among them."""
    for source in (node, node.setup):
        yield from ((part, value) for part, value in _fields(source).items() if part != "setup")


def _fields(value: Any) -> dict[str, Any]:
    return {one.name: getattr(value, one.name) for one in fields(value) if one.name not in NOT_OF_THE_NODE}


def _digests(values: Mapping[str, object]) -> Digests:
    text = partial(json.dumps, default=_plain, sort_keys=True)
    return {name: hashlib.sha256(text(value).encode()).hexdigest()[:12] for name, value in values.items()}


def _plain(value: Any) -> object:
    """Return what JSON knows for a part of a value, always in the same order."""
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, frozenset):
        return sorted(value)
    return dict(value) if isinstance(value, Mapping | Frozen) else str(value)


def _differing(one: Digests, other: Digests) -> list[str]:
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


class Fate(Enum):
    """What becomes of a node."""

    UNCHANGED = "unchanged"
    MADE = "made"
    MADE_ANEW = "made anew"
    REMOVED = "removed"


@dataclass(frozen=True)
class Change:
    """What becomes of one node, and why."""

    node: str
    fate: Fate
    why: str = ""

    def __str__(self) -> str:
        return f"{self.node}: {self.why}; {self.fate.value}"


@dataclass(frozen=True)
class Changes:
    """What was done to a lab; ``rewired`` is why all wires were laid anew, ``first`` that there was no lab before."""

    nodes: tuple[Change, ...] = ()
    rewired: str = ""
    first: bool = False

    def __bool__(self) -> bool:
        return bool(self.first or self.rewired or [*self.of(*set(Fate) - {Fate.UNCHANGED})])

    def of(self, *fates: Fate) -> Iterator[str]:
        """Yield the names of the nodes with one of these fates."""
        yield from (change.node for change in self.nodes if change.fate in fates)

    @property
    def lines(self) -> Iterator[str]:
        """What is done, a line for each node that changes, one for the wires, and one for all that stay."""
        yield from (str(change) for change in self.nodes if change.fate is not Fate.UNCHANGED)
        if self.rewired:
            yield f"wires: {self.rewired}; laid anew"
        if stay := list(self.of(Fate.UNCHANGED)):
            yield f"unchanged: {', '.join(stay)}"


@dataclass(frozen=True)
class Standing:
    """A node that is there: what it was made of, and what is wrong with it, in words; nothing where it is well."""

    recipe: Recipe
    trouble: str = ""


def changes(wanted: Mapping[str, Recipe], there: Mapping[str, Standing], rewired: str = "") -> Changes:
    """Return what has to change; nodes that are wanted come first, in their order."""
    fates = [_change(name, recipe, there.get(name)) for name, recipe in wanted.items()]
    gone = [Change(name, Fate.REMOVED, "it is not planned any more") for name in there if name not in wanted]
    return Changes((*fates, *gone), rewired)


def _change(name: str, recipe: Recipe, there: Standing | None) -> Change:
    if there is None:
        return Change(name, Fate.MADE, "it was not there")
    why = recipe.why_not(there.recipe) or there.trouble
    return Change(name, Fate.MADE_ANEW, why) if why else Change(name, Fate.UNCHANGED)

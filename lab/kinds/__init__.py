"""The kinds of node: one file each, found by being here."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from lab.errors import InputError
from lab.kinds.kind import Kind
from lab.topology.model import Node
from lab.topology.words import did_you_mean


def load() -> Mapping[str, type[Kind]]:
    """Import every file of this folder and return the kinds by name, those defined elsewhere included."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return MappingProxyType(Kind.registry)


def sharing(nodes: Iterable[Node] = ()) -> Mapping[str, type[Kind]]:
    """Return the kinds that share an image with these nodes: all, if one of these is large, else all that are not."""
    kinds = load()
    large = any(kinds[node.kind].is_large for node in nodes)
    return MappingProxyType({name: kind for name, kind in kinds.items() if large or not kind.is_large})


def named(name: str) -> type[Kind]:
    """Return the kind called ``name``; raises ``InputError`` with the near one, or all of them."""
    kinds = load()
    if name in kinds:
        return kinds[name]
    raise InputError(f"there is no kind '{name}'; {did_you_mean(name, kinds)}")

"""The kinds of node: one file each, found by being here."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from lab.errors import InputError
from lab.kinds.kind import Kind


def load() -> Mapping[str, type[Kind]]:
    """Import every file of this folder and return the kinds by name, those defined elsewhere included."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return MappingProxyType(Kind.registry)


def named(name: str) -> type[Kind]:
    """Return the kind called ``name``; raises ``InputError`` with the kinds that there are."""
    kinds = load()
    if name in kinds:
        return kinds[name]
    near = "".join(f"; did you mean '{kind}'?" for kind in get_close_matches(name, kinds, n=1))
    raise InputError(f"there is no kind '{name}' (there are {', '.join(sorted(kinds))}){near}")

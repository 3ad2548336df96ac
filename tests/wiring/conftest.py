"""The node image's own programs as modules: they run on the image's Python, and need nothing but it."""

import sys
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

PROGRAMS = Path(__file__).parents[2] / "images/node/rootfs/usr/lib/wiretale"


Load = Callable[[str], ModuleType]


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load a program by name."""
    return _loader(monkeypatch)


@pytest.fixture(scope="module")
def program_for_all() -> Iterator[Load]:
    """Load a program by name for all tests of a module, which find it as the one before has left it."""
    with pytest.MonkeyPatch.context() as patch:
        yield _loader(patch)


def _loader(patch: pytest.MonkeyPatch) -> Load:
    """Return what loads a program; nothing is left beside it, where it would become a part of the image."""
    patch.setattr(sys, "dont_write_bytecode", True)
    patch.setattr(sys, "path", [*sys.path, str(PROGRAMS)])

    def load(name: str) -> ModuleType:
        loader = SourceFileLoader(name, str(PROGRAMS / name))
        spec = spec_from_loader(name, loader)
        assert spec
        module = module_from_spec(spec)
        loader.exec_module(module)
        return module

    return load

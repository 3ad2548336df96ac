"""The node image's own programs as modules: they run on the image's Python, and need nothing but it."""

import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

PROGRAMS = Path(__file__).parents[2] / "images/node/rootfs/usr/lib/wiretale"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Load a program by name; nothing is left beside it, where it would become a part of the image."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(PROGRAMS)])

    def load(name: str) -> ModuleType:
        loader = SourceFileLoader(name, str(PROGRAMS / name))
        spec = spec_from_loader(name, loader)
        assert spec
        module = module_from_spec(spec)
        loader.exec_module(module)
        return module

    return load

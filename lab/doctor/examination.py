"""The examination: looks at the engine, the kernel, the images and this machine, whatever fails on the way."""

import getpass
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from lab import bringup, kinds
from lab.doctor import judging
from lab.doctor.finding import Finding, trouble
from lab.doctor.judging import Folder
from lab.doctor.trying import Tried, tried
from lab.engine import condition, discovery, host, images
from lab.engine.condition import Condition
from lab.engine.discovery import Address
from lab.engine.embedded import EmbeddedEngine, state_folder
from lab.engine.images import Recipe, Stock
from lab.engine.protocol import Engine
from lab.errors import EngineError
from lab.progress import Listener

PATIENCE = 10
"""Seconds that an engine is given to answer. One that is well answers within milliseconds."""


def examined(listener: Listener, patience: int = PATIENCE) -> tuple[Finding, ...]:
    """Look at everything and tell what was found; nothing is started, installed or left behind."""
    with listener.step("looking at everything"):
        return (*_engine(patience), judging.state_folder(_folder(state_folder())), *_programs())


def _engine(patience: int) -> Iterator[Finding]:
    """Find the engine, and say of all that depends on it how it is, or that nobody can tell."""
    try:
        where = discovery.find()
    except EngineError as error:
        yield judging.blamed("engine", str(error))
        yield from _without("no engine can be used")
        return
    if where is None:
        yield judging.no_engine(discovery.obstacle(), installed=host.program("dockerd") is not None)
        yield from _without("no engine runs")
        return
    yield from _engine_at(where, patience)


def _engine_at(where: Address, patience: int) -> Iterator[Finding]:
    recipes = images.recipes(kinds.load())
    try:
        with condition.asked(where, recipes, patience) as (told, stock, engine):
            called = judging.engine(f"{where.source}, at {where.url}", told)
            findings = (*called, *_held(where, recipes[0], told, stock, engine))
    except EngineError as error:
        yield judging.blamed("engine", str(error), _restart(where))
        yield from _without("the engine does not answer")
    else:
        yield from findings


def _restart(where: Address) -> str:
    embedded = EmbeddedEngine.of_this_user()
    if where.url == embedded.url:
        return f"./invoke engine.stop, then try again; what it said last is in {embedded.log}"
    return "start or restart that engine (sudo systemctl restart docker), or name another: export DOCKER_HOST=..."


def _without(why: str) -> Iterator[Finding]:
    """Say what cannot be known without an engine."""
    subjects = ("memory limit", "process limit", "seccomp", "engine's disk", "clock", "image", "large image")
    yield from judging.unknown(why, *subjects)
    yield from judging.not_tried(why, "put the engine right first")
    yield from judging.unknown(why, "leftovers")


def _held(where: Address, recipe: Recipe, told: Condition, stock: Stock, engine: Engine) -> Iterator[Finding]:
    """Judge all that an engine which answers can be asked."""
    yield judging.clock(told.ahead, told.uncertain)
    yield from judging.images(stock)
    yield from _trial(where, recipe, told, stock, engine)
    yield from judging.leftovers(bringup.labs(engine, getpass.getuser()), stock.dangling)


def _trial(where: Address, recipe: Recipe, told: Condition, stock: Stock, engine: Engine) -> Iterator[Finding]:
    """Try what can only be tried, where an image is there to do it."""
    try:
        found = tried(engine, getpass.getuser(), stock.some) if stock.some else None
    except EngineError as error:
        yield trouble("trial", f"a container could not be tried: {error}", _restart(where))
        yield from judging.not_tried("the trial failed", "put right what the line 'trial' says")
        found = None
    else:
        if found is None:
            yield from judging.not_tried("no image of ours is there", "./invoke images, then ./invoke doctor again")
    if found is None:
        yield from judging.limits(told.limits_memory, told.limits_processes, told.seccomp)
        yield judging.engine_disk(_free(where, told))
    else:
        yield from _outcome(found, recipe, stock)


def _outcome(found: Tried, recipe: Recipe, stock: Stock) -> Iterator[Finding]:
    yield from judging.rights(found)
    yield from judging.limits_in_force(found)
    yield from judging.kernel(found.failures)
    yield judging.engine_disk(found.free)
    if stock.present and recipe.lock.exists():
        yield judging.versions(found.packages, recipe.lock.read_text().split())


def _free(where: Address, told: Condition) -> int | None:
    """Return the bytes free where an engine of this machine keeps its state; None where that is not ours to see."""
    try:
        return shutil.disk_usage(told.root).free if where.socket and told.root else None
    except OSError:
        return None


def _folder(path: Path) -> Folder:
    """Look at a folder, or at the nearest one above it that is there."""
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    return Folder(str(there), os.access(there, os.W_OK | os.X_OK), shutil.disk_usage(there).free)


def _programs() -> Iterator[Finding]:
    return judging.programs(program for program in judging.PROGRAMS if host.program(program))

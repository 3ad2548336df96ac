"""Imports go one way: each room from the lines above its own, and what is foreign comes in by one door."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = sorted(ROOT.glob("lab/**/*.py"))
PAGE = (ROOT / "docs/architecture.md").read_text()
LINES = [line.split(", ") for line in re.findall(r"## Directions.*?```text\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()]
DEPTHS = {room: depth for depth, line in enumerate(LINES) for room in line}

DOORS = {
    "docker": ("lab/engine/", "lab/bench/"),
    "requests": "lab/engine/",
    "yaml": "lab/topology/document.py",
    "jinja2": "lab/kinds/rendering.py",
    "scapy": ("lab/capture/", "lab/ladder/", "lab/recorder.py", "lab/tracing.py", "lab/pytest_plugin.py"),
    "pytest": ("lab/proving.py", "lab/pytest_plugin.py"),
    "rich": "lab/cli/",
    "invoke": "lab/cli/",
    "subprocess": ("lab/engine/", "lab/cli/", "lab/bench/commands.py", "lab/tracing.py", "lab/doctor/trial.py"),
    "lab.engine.docker": ("lab/engine/", "lab/client.py", "lab/bench/measuring.py"),
}
CALLS = {"sleep": "lab/waiting.py", "print": "lab/cli/"}


def shown(file):
    return str(file.relative_to(ROOT))


def place(file):
    """Return the room that a file is in, or is."""
    return file.relative_to(ROOT / "lab").with_suffix("").parts[0]


def room(module):
    return module.split(".")[1]


def is_in(module, package):
    return f"{module}.".startswith(f"{package}.")


@cache
def nodes(file):
    return tuple(ast.walk(ast.parse(file.read_text())))


def imports(file):
    for node in nodes(file):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(file):
    for node in nodes(file):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_a_room_imports_only_from_the_lines_above_its_own():
    inner = [(file, module) for file in FILES for module in imports(file) if module.startswith("lab.")]
    outside = [(file, room(module)) for file, module in inner if room(module) != place(file)]
    assert not [(shown(file), other) for file, other in outside if DEPTHS[other] >= DEPTHS[place(file)]]


def test_what_is_foreign_comes_in_by_its_door():
    asked = {(shown(file), it) for file in FILES for module in imports(file) for it in DOORS if is_in(module, it)}
    assert not [(file, library) for file, library in sorted(asked) if not file.startswith(DOORS[library])]


def test_one_module_sleeps_and_one_room_prints():
    made = [(shown(file), call) for file in FILES for call in calls(file) if call in CALLS]
    assert not [(file, call) for file, call in made if not file.startswith(CALLS[call])]


def test_every_room_has_its_line():
    assert {place(file) for file in FILES} - {"__init__"} == set(DEPTHS)


def test_a_plan_is_made_without_docker_and_without_scapy():
    program = """
import sys
from lab import kinds
from lab.plan import plan
from lab.topology.reading import find, read
plan(read(find("home-lan"), kinds.load()))
print({"docker", "requests", "scapy", "invoke", "pytest"} & sys.modules.keys() or "nothing")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "nothing"

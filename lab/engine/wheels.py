"""The wheels of requirements.lock, downloaded by pip, which checks their hashes: for each Python that is asked for."""

import sys
from collections.abc import Iterable
from pathlib import Path

from lab.engine import host
from lab.engine.images import RECIPES
from lab.errors import EngineError
from lab.progress import Listener

LOCK = RECIPES.parent / "requirements.lock"

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""The versions that Debian and Ubuntu carry from the oldest on that Wiretale runs on."""

FOLDER = "wheels"
"""Where they lie in a bundle; `invoke`, the script, looks for them there."""


def bundled(folder: Path, pythons: Iterable[str], listener: Listener) -> dict[str, Path]:
    """Download into a folder what an environment is made of; return the files by their names in a bundle.

    They fit machines like this one: its architecture, and its C library or a newer one. Raises ``EngineError``.
    """
    for python in pythons:
        with listener.step(f"downloading the packages for Python {python}"):
            _download(folder, python, listener)
    return {f"{FOLDER}/{file.name}": file for file in (*folder.glob("*.whl"), LOCK)}


def _download(folder: Path, python: str, listener: Listener) -> None:
    said = host.run(command(folder, python), listener, {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    if said.returncode:
        last = "\n".join(said.stdout.splitlines()[-10:])
        raise EngineError(f"the packages for Python {python} could not be downloaded:\n{last}")


def command(folder: Path, python: str) -> tuple[str, ...]:
    """Return pip's words: only wheels, since what is built from source could be anything. Pure."""
    pip = (sys.executable, "-m", "pip", "download", "--no-input", "--progress-bar=off")
    which = ("--only-binary=:all:", "--implementation=cp", f"--python-version={python}")
    what = ("--require-hashes", "--no-deps", f"--requirement={LOCK}")
    return (*pip, *which, *what, f"--dest={folder}")

"""The machine that we run on: whether we are root, and how a missing Debian package gets there."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab.errors import EngineError
from lab.progress import Listener

_SYSTEM_PROGRAMS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def search_path() -> str:
    """Return the PATH of this process with the folders of the system's programs, which users often lack."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), *_SYSTEM_PROGRAMS))


def program(name: str) -> str | None:
    """Return where a program is, the system's own included; None when it is not installed."""
    return shutil.which(name, path=search_path())


def is_root() -> bool:
    """Return whether we may do everything."""
    return os.geteuid() == 0


def release(text: str) -> Mapping[str, str]:
    """Return the fields of an os-release file, os-release(5)."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}


def is_debian_bookworm(etc: Path = Path("/etc")) -> bool:
    """Return whether this machine is the Debian that the nodes are made of."""
    file = etc / "os-release"
    fields = release(file.read_text()) if file.exists() else {}
    return fields.get("ID") == "debian" and fields.get("VERSION_CODENAME") == "bookworm"


def install(packages: tuple[str, ...], why: str, listener: Listener) -> None:
    """Install Debian packages, where we may and are allowed to.

    Raises ``EngineError`` with ``why`` and the exact command for a person to run where we may not.
    """
    names = " ".join(packages)
    command = f"{why}. Install it, then try again:\n    sudo apt-get install --no-install-recommends {names}"
    if not program("apt-get"):
        raise EngineError(f"{why}. Install {names} with this system's package manager, then try again.")
    if not is_root() or not listener.agrees(f"{why}. Install {names} now?"):
        raise EngineError(command)
    with listener.step(f"installing {names}"):
        _apt_get(("update",), listener)
        _apt_get(("install", "--yes", "--no-install-recommends", *packages), listener)


def _apt_get(words: tuple[str, ...], listener: Listener) -> None:
    said = run(("apt-get", *words), listener, {"DEBIAN_FRONTEND": "noninteractive"})
    if said.returncode:
        last = "\n".join(said.stdout.splitlines()[-15:])
        raise EngineError(f"apt-get {words[0]} failed:\n{last}")


def run(
    argv: tuple[str, ...], listener: Listener, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a program of this machine to its end; its lines go to the listener as they come, and into the result."""
    lines = []
    with subprocess.Popen(
        argv,
        env=os.environ | {"PATH": search_path()} | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            listener.line(line.rstrip())
    return subprocess.CompletedProcess(argv, process.returncode, "".join(lines))

"""The base image made of nothing but Debian packages, where no registry answers: mmdebstrap, run on this machine."""

import os
import shlex
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lab.engine import host
from lab.engine.control import stanzas
from lab.errors import EngineError
from lab.progress import Listener

_SUITES = ("bookworm", "bookworm-updates", "bookworm-security")
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_EPOCH = "1756684800"
"""2025-09-01, the latest time that a file of the base may carry: so that the same packages make the same bytes."""

_KEYLESS = (
    'find "$1"/etc -type f "(" -name "*.key" -o -name "*.pem" ")" | while read -r key; do '
    'chroot "$1" dpkg-query --search "${key#"$1"}" >/dev/null 2>&1 || rm "$key"; done'
)
"""Remove keys that packages made while they were installed: each build has others, and all nodes would share them."""

_PIECE = 1 << 20


def needs(listener: Listener) -> None:
    """See to it that mmdebstrap is here. Raises ``EngineError`` with the command to run where it cannot be had."""
    if not host.program("mmdebstrap"):
        why = "No image registry answers, so the node image is made of Debian packages, with mmdebstrap"
        host.install(("mmdebstrap", "debian-archive-keyring"), why, listener)


def command(packages: Iterable[str], sources: Iterable[str], apt: Iterable[str], dpkg: str) -> tuple[str, ...]:
    """Return mmdebstrap's words for a tar of the root file system on standard output; ``dpkg`` is a dpkg.cfg(5). Pure.

    The configuration gets there by a hook, after the essential packages were unpacked, and what it excludes of those is
    removed by another: given to mmdebstrap, it sends each of their archives through a filter (26 s of CPU, not 17).
    """
    configure = f'printf %s {shlex.quote(dpkg)} > "$1"/etc/dpkg/dpkg.cfg.d/wiretale'
    unwanted = " ".join(f'"$1"/usr/share/{folder}/*' for folder in ("man", "info", "locale"))
    trim = f'rm -rf {unwanted}; find "$1"/usr/share/doc -type f ! -name copyright -delete'
    # What apt was told about this machine's network must not stay in the image.
    forget = 'rm -f "$1"/etc/apt/apt.conf.d/99mmdebstrap'
    return (
        "mmdebstrap",
        "--variant=essential",
        f"--include={','.join(sorted(packages))}",
        *(f"--aptopt={option}" for option in apt),
        f"--extract-hook={configure}",
        f"--customize-hook={trim}; {forget}; {_KEYLESS}",
        "bookworm",
        "-",
        *sources,
    )


def sources(environment: Mapping[str, str], etc: Path = Path("/etc")) -> tuple[str, ...]:
    """Return the lines of the sources.list to install from; none leaves it to mmdebstrap, which knows Debian's archive.

    WIRETALE_MIRROR is used where it is set (it need not carry the security updates), else this machine's own sources
    where it is the same Debian.
    """
    if mirror := environment.get("WIRETALE_MIRROR"):
        return tuple(_line(mirror, suite) for suite in _SUITES[:2])
    return _own_sources(etc / "apt") if host.is_debian_bookworm(etc) else ()


def _line(uri: str, suite: str) -> str:
    return f"deb [signed-by={_KEYRING}] {uri} {suite} main"


def _own_sources(apt: Path) -> tuple[str, ...]:
    """Return the lines of this machine's sources.list(5) that are about Debian itself; nobody else's packages."""
    lists = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]
    lines = [line for file in lists if file.exists() for line in file.read_text().splitlines()]
    stanzas = [file.read_text() for file in sorted((apt / "sources.list.d").glob("*.sources"))]
    return tuple(filter(_is_debians, lines)) + tuple(line for text in stanzas for line in _lines_of(text))


def _is_debians(line: str) -> bool:
    words = line.partition("]")[2].split() if "[" in line else line.split()[1:]
    return line.startswith("deb ") and len(words) > 2 and words[1] in _SUITES and "main" in words[2:]


def _lines_of(text: str) -> Iterator[str]:
    """Yield what the stanzas of a deb822 file say, as lines; keys inside a stanza are left to mmdebstrap to find."""
    for stanza in stanzas(text):
        signed = stanza.get("signed-by", "")
        option = f"[signed-by={signed}] " if signed.startswith("/") else ""
        for uri in stanza.get("uris", "").split():
            for suite in stanza.get("suites", "").split():
                line = f"deb {option}{uri} {suite} {stanza.get('components', '')}"
                if "deb" in stanza.get("types", "").split() and stanza.get("enabled") != "no" and _is_debians(line):
                    yield line


def network_options(dump: str) -> tuple[str, ...]:
    """Return what ``apt-config dump`` says about the way to the archive: proxies, certificates, timeouts, retries."""
    wanted = ("Acquire::http", "Acquire::https", "Acquire::ftp", "Acquire::Check-", "Acquire::Retries", "Acquire::Max-")
    return tuple(
        line.rstrip(";") for line in dump.splitlines() if line.startswith(wanted) and not line.endswith(' "";')
    )


@contextmanager
def bootstrapped(packages: Iterable[str], dpkg: str, listener: Listener) -> Iterator[Iterator[bytes]]:
    """Make the root file system, and give its tar in pieces.

    Raises ``EngineError`` at the end when mmdebstrap failed, so the tar may be used only after that. Whatever happens
    inside, mmdebstrap is over afterwards and has cleaned up.
    """
    dump = subprocess.run(("apt-config", "dump", "Acquire"), capture_output=True, text=True, check=False).stdout
    argv = command(packages, sources(os.environ), network_options(dump), dpkg)
    environment = os.environ | {"PATH": host.search_path(), "SOURCE_DATE_EPOCH": _EPOCH}
    with subprocess.Popen(
        argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        said: list[str] = []
        ear = threading.Thread(target=_listen, args=(process.stderr, said, listener))
        ear.start()
        out = process.stdout
        try:
            yield iter(lambda: out.read(_PIECE), b"")
        except BaseException:
            process.terminate()
            raise
        finally:
            out.close()
            ear.join()
    if process.returncode:
        raise EngineError(_failure(said))


def _listen(stream: BinaryIO, said: list[str], listener: Listener) -> None:
    for raw in stream:
        said.append(raw.decode(errors="replace").rstrip())
        listener.line(said[-1])


def _failure(said: Sequence[str]) -> str:
    telling = [line for line in said if line.startswith(("E:", "Err:", "W:"))] or list(said)
    last = "\n".join(telling[-12:])
    return (
        f"mmdebstrap could not make the base of the node image:\n{last}\n"
        "It needs a Debian archive: this machine's apt configuration and the proxy variables are used; another archive "
        "can be named:\n    export WIRETALE_MIRROR=http://a.mirror/debian"
    )

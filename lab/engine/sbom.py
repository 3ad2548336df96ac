"""The bill of materials of an image, in CycloneDX 1.5: what dpkg's database in it says, each time the same."""

import io
import json
import posixpath
import re
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lab.engine.brief import printed
from lab.engine.control import stanzas
from lab.engine.images import NODE
from lab.engine.protocol import Engine
from lab.errors import EngineError

if TYPE_CHECKING:
    import docker

_STATUS, _RELEASE, _DOC = "var/lib/dpkg/status", "usr/lib/os-release", "usr/share/doc"

_MACHINE_READABLE = "copyright-format/1.0"
"""What the first field of a copyright file names when it is written for machines (Debian's DEP-5)."""

_SPDX: Mapping[str, str] = {
    "expat": "MIT",
    "mit": "MIT",
    "isc": "ISC",
    "zlib": "Zlib",
    "apache-2": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "mpl-1.1": "MPL-1.1",
    "mpl-2": "MPL-2.0",
    "cc0-1": "CC0-1.0",
    "fsfap": "FSFAP",
    "fsful": "FSFUL",
    "fsfullr": "FSFULLR",
}
"""Debian's short names of licences, without a version's trailing zero, that mean one of SPDX's for certain."""

_GNU = re.compile(r"(gpl|lgpl|agpl|gfdl)-(\d)(?:\.(\d))?(\+|-only|-or-later)?", re.IGNORECASE)
_VERSIONS = {"GPL": "1.0 2.0 3.0", "LGPL": "2.0 2.1 3.0", "AGPL": "1.0 3.0", "GFDL": "1.1 1.2 1.3"}

_OURS: Mapping[str, Any] = {
    "type": "application",
    "bom-ref": "wiretale",
    "name": "wiretale",
    "licenses": [{"license": {"id": "MIT"}}],
}
"""The programs of ours that the node image has on top of its packages."""


@dataclass(frozen=True)
class Package:
    """A Debian package of an image, with the licences that its copyright file names, where that is for machines."""

    name: str
    version: str
    architecture: str
    source: str
    maintainer: str
    homepage: str
    licences: tuple[str, ...]


def bill(client: "docker.DockerClient", image: str) -> dict[str, Any]:
    """Return the bill of materials of an image. Raises ``EngineError`` when it cannot be asked."""
    from lab.engine.docker import DockerEngine

    packages, release = _inside(DockerEngine(client), image)
    return document(image, packages, release)


def text(document: Mapping[str, Any]) -> str:
    """Return a bill as it is written to a file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _inside(engine: Engine, image: str) -> tuple[tuple[Package, ...], str]:
    """Return the packages of an image, and the release that they are of, such as "debian-12"."""
    packed = printed(engine, image, "tar", "--create", "--directory=/", _STATUS, _RELEASE, _DOC)
    try:
        files = read(packed)
        return packages(files), _release(files[_RELEASE])
    except (tarfile.TarError, KeyError) as error:
        raise EngineError(f"{image} does not say what is in it: {error}") from error


def read(packed: bytes) -> dict[str, str]:
    """Return the texts in a tar by their names, those that are reached by a symbolic link included. Pure."""
    texts: dict[str, str] = {}
    links: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        for entry in tar:
            if content := tar.extractfile(entry) if entry.isfile() else None:
                texts[entry.name] = content.read().decode(errors="replace")
            elif entry.issym():
                links[entry.name] = posixpath.normpath(posixpath.join(posixpath.dirname(entry.name), entry.linkname))
    for name, target in links.items():
        texts |= {name + rest: texts[found] for found, rest in _below(texts, target)}
    return texts


def _below(names: Iterable[str], target: str) -> list[tuple[str, str]]:
    """Return the names that are a target, or lie in it, each with what follows the target."""
    return [(name, name[len(target) :]) for name in names if name == target or name.startswith(f"{target}/")]


def packages(files: Mapping[str, str]) -> tuple[Package, ...]:
    """Return what dpkg's database says is installed, in order of name. Pure."""
    found = (_package(stanza, files) for stanza in stanzas(files[_STATUS]) if _is_installed(stanza))
    return tuple(sorted(found, key=lambda package: (package.name, package.architecture)))


def _is_installed(stanza: Mapping[str, str]) -> bool:
    return stanza.get("status", "").split()[-1:] == ["installed"]


def _package(stanza: Mapping[str, str], files: Mapping[str, str]) -> Package:
    name, release = stanza["package"], stanza["version"]
    return Package(
        name=name,
        version=release,
        architecture=stanza["architecture"],
        source=_source(stanza.get("source", name), release),
        maintainer=stanza.get("maintainer", ""),
        homepage=stanza.get("homepage", ""),
        licences=licences(files.get(f"{_DOC}/{name}/copyright", "")),
    )


def _source(said: str, release: str) -> str:
    """Return the source package and its version; dpkg names the version only where it differs."""
    name, _, other = said.partition(" ")
    return f"{name} {other.strip('()') or release}"


def licences(copyright: str) -> tuple[str, ...]:
    """Return the licences that a copyright file names for files, in order of name; none where it is prose. Pure."""
    told = list(stanzas(copyright))
    if not told or _MACHINE_READABLE not in told[0].get("format", ""):
        return ()
    return tuple(sorted({stanza.get("license", "") for stanza in told if _is_about_files(stanza)} - {""}))


def _is_about_files(stanza: Mapping[str, str]) -> bool:
    """Tell whether a stanza says under what licence something is, and not only what the licence's text is."""
    return "files" in stanza or "format" in stanza


def spdx(name: str) -> str:
    """Return the SPDX identifier that a licence's short name in Debian means for certain; empty for others. Pure."""
    if gnu := _GNU.fullmatch(name):
        family, major, minor, more = gnu.groups("")
        which, later = f"{major}.{minor or 0}", "only" if more in ("", "-only") else "or-later"
        known = which in _VERSIONS[family.upper()].split()
        return f"{family.upper()}-{which}-{later}" if known else ""
    return _SPDX.get(re.sub(r"(-\d)\.0$", r"\1", name.lower()), "")


def _release(text: str) -> str:
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return f"{fields['ID']}-{fields['VERSION_ID']}".replace('"', "")


def document(image: str, packages: Iterable[Package], release: str) -> dict[str, Any]:
    """Return a CycloneDX document, without a time or a serial number: the same image has the same. Pure."""
    name, _, tag = image.rpartition(":")
    components = [_component(package, release) for package in packages]
    if name == NODE:
        components.append({**_OURS, "version": version("wiretale")})
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": "wiretale", "version": version("wiretale")}]},
            "component": {"type": "container", "bom-ref": image, "name": name, "version": tag},
        },
        "components": components,
        "dependencies": [{"ref": image, "dependsOn": [component["bom-ref"] for component in components]}],
    }


def _component(package: Package, release: str) -> dict[str, Any]:
    where = purl(package, release)
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": where,
        "publisher": package.maintainer,
        "name": package.name,
        "version": package.version,
        "licenses": [{"license": _licence(name)} for name in package.licences],
        "purl": where,
        "externalReferences": [{"type": "website", "url": package.homepage}] if package.homepage else [],
        "properties": [{"name": "wiretale:source", "value": package.source}],
    }
    return {key: value for key, value in made.items() if value}


def _licence(name: str) -> dict[str, str]:
    known = spdx(name)
    return {"id": known} if known else {"name": name}


def purl(package: Package, release: str) -> str:
    """Return the package's URL, as the purl specification has it for type deb. Pure."""
    version = quote(package.version, safe=":")  # the specification's own examples leave the colon of an epoch alone
    return f"pkg:deb/debian/{quote(package.name)}@{version}?arch={package.architecture}&distro={release}"

import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab import kinds
from lab.cli.program import main
from lab.engine import discovery, images, sbom
from lab.engine.images import recipes
from lab.engine.sbom import Package, licences, purl, spdx
from lab.progress import Nobody

STATUS = """\
Package: libshop1
Status: install ok installed
Maintainer: Ada <ada@example.org>
Architecture: amd64
Source: shop (2.0-1)
Version: 1:2.0~rc1-1+b2
Depends: libc6
Homepage: https://shop.example/
Description: a library
 of more than one line: with a colon

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

Package: ash
Status: install ok installed
Architecture: all
Version: 0.5
"""

COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: shop

Files: *
Copyright: 2020 Ada
License: Expat

Files: till/*
Copyright: 2021 Bob
License: GPL-2+ or Artistic

License: Expat
 Permission is hereby granted ...

License: BSD-3-clause
 The text of a licence that no file is under.
"""


def packed(texts: Mapping[str, str], links: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, target in links.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
        for name, text in texts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()


def test_a_package_is_told_with_its_source_and_its_licences() -> None:
    files = {"var/lib/dpkg/status": STATUS, "usr/share/doc/libshop1/copyright": COPYRIGHT}
    ash, shop = sbom.packages(files)
    assert shop == Package(
        name="libshop1",
        version="1:2.0~rc1-1+b2",
        architecture="amd64",
        source="shop 2.0-1",
        maintainer="Ada <ada@example.org>",
        homepage="https://shop.example/",
        licences=("Expat", "GPL-2+ or Artistic"),
    )
    assert (ash.name, ash.source, ash.licences) == ("ash", "ash 0.5", ())


def test_a_copyright_file_in_prose_says_nothing_to_a_machine() -> None:
    assert licences("This package was debianized by Ada.\n\nLicense: GPL\n") == ()
    assert licences("") == ()


def test_texts_are_found_through_links_to_files_and_to_folders() -> None:
    texts = {"doc/a/copyright": "A", "doc/a-b": "no"}
    links = {"doc/b": "a", "doc/c/copyright": "../a/copyright", "doc/d": "nowhere"}
    assert sbom.read(packed(texts, links)) == texts | {"doc/b/copyright": "A", "doc/c/copyright": "A"}


@pytest.mark.parametrize(
    ("debian", "identifier"),
    [
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-3", "GPL-3.0-only"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("GFDL-1.3", "GFDL-1.3-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("Expat", "MIT"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("Apache-2.0", "Apache-2.0"),
        ("MPL-2.0", "MPL-2.0"),
        ("GPL-2+ or Artistic", ""),
        ("GPL-2+ with Autoconf exception", ""),
        ("GPL-2.1", ""),
        ("GPL", ""),
        ("Artistic", ""),
        ("public-domain", ""),
    ],
)
def test_a_licence_has_an_identifier_only_where_that_is_certain(debian: str, identifier: str) -> None:
    assert spdx(debian) == identifier


def test_a_package_url_is_written_as_its_specification_writes_it() -> None:
    package = Package("libstdc++6", "1:12.2.0~1-14+deb12u1", "amd64", "", "", "", ())
    wanted = "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0~1-14%2Bdeb12u1?arch=amd64&distro=debian-12"
    assert purl(package, "debian-12") == wanted


KNOWN: Mapping[str, set[str]] = {
    "document": {"$schema", "bomFormat", "specVersion", "version", "metadata", "components", "dependencies"},
    "component": {
        *("type", "bom-ref", "publisher", "name", "version", "licenses", "purl", "externalReferences", "properties"),
    },
}
TYPES = {
    "application",
    "framework",
    "library",
    "container",
    "platform",
    "operating-system",
    "device",
    "firmware",
    "file",
}


def mistakes(bill: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the schema of CycloneDX 1.5 would not let pass, of all that a bill of ours can hold."""
    if (bill["bomFormat"], bill["specVersion"], bill["version"]) != ("CycloneDX", "1.5", 1):
        yield "it is no document of CycloneDX 1.5"
    yield from (f"unknown: {key}" for key in bill.keys() - KNOWN["document"])
    everything = [bill["metadata"]["component"], *bill["metadata"]["tools"]["components"], *bill["components"]]
    for one in everything:
        yield from (f"{one['name']}: {mistake}" for mistake in _of_component(one))
    references = [one["bom-ref"] for one in everything if "bom-ref" in one]
    if len(references) != len(set(references)):
        yield "a reference is not unique"
    for dependency in bill["dependencies"]:
        yield from (f"nobody is {it}" for it in {dependency["ref"], *dependency["dependsOn"]} - set(references))
        if len(dependency["dependsOn"]) != len(set(dependency["dependsOn"])):
            yield "a dependency is named twice"


def _of_component(one: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown: {key}" for key in one.keys() - KNOWN["component"])
    if one["type"] not in TYPES or not one["name"] or not one["version"]:
        yield "type, name or version"
    if "purl" in one and not re.fullmatch(
        r"pkg:deb/debian/[a-z0-9.%A-F+-]+@[\w.~:%-]+\?arch=\w+&distro=debian-\d+", one["purl"]
    ):
        yield f"purl {one['purl']}"
    for choice in one.get("licenses", ()):
        if choice.keys() != {"license"} or len(choice["license"].keys() & {"id", "name"}) != 1:
            yield f"licence {choice}"
    for reference in one.get("externalReferences", ()):
        if reference.keys() != {"type", "url"} or not re.fullmatch(r"\S+://\S+", reference["url"]):
            yield f"reference {reference}"
    if any(it.keys() != {"name", "value"} for it in one.get("properties", ())):
        yield "properties"


def small(image: str = "wiretale/node:01") -> dict[str, Any]:
    files = {"var/lib/dpkg/status": STATUS, "usr/share/doc/libshop1/copyright": COPYRIGHT}
    return sbom.document(image, sbom.packages(files), "debian-12")


def test_a_bill_keeps_the_rules_of_cyclonedx() -> None:
    assert not list(mistakes(small()))


def test_the_node_image_holds_programs_of_ours_and_the_base_does_not() -> None:
    assert [it["name"] for it in small()["components"]] == ["ash", "libshop1", "wiretale"]
    assert [it["name"] for it in small("wiretale/base:01")["components"]] == ["ash", "libshop1"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda bill: bill.update(serialNumber="urn:uuid:0"),
        lambda bill: bill.update(specVersion="1.6"),
        lambda bill: bill["components"].append(bill["components"][0]),
        lambda bill: bill["components"][0].update(type="package"),
        lambda bill: bill["components"][0].update(licence="MIT"),
        lambda bill: bill["components"][1]["licenses"][0].update(expression="MIT"),
        lambda bill: bill["dependencies"][0]["dependsOn"].append("pkg:deb/debian/nobody"),
    ],
)
def test_the_rules_are_really_asked(spoil: Any) -> None:
    bill = small()
    spoil(bill)
    assert list(mistakes(bill))


@pytest.mark.docker
@pytest.mark.parametrize("which", ["node", "base"])
def test_the_bill_of_an_image_is_whole_and_the_same_each_time(tmp_path: Path, which: str) -> None:
    client, recipe = discovery.connect(Nobody()), recipes(kinds.load())[0]
    assert [main(["images.sbom", f"image={which}", f"file={tmp_path}/{n}"]) for n in (1, 2)] == [0, 0]
    first, second = ((tmp_path / str(n)).read_text() for n in (1, 2))
    assert first == second
    bill = json.loads(first)
    assert not list(mistakes(bill))
    told = {f"{it['name']}={it['version']}" for it in bill["components"] if it["name"] != "wiretale"}
    assert told == set(images.versions(client, getattr(recipe, which)))
    assert sum("licenses" in it for it in bill["components"]) > len(told) / 2
    client.close()


@pytest.mark.docker
def test_an_image_that_there_is_not_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["images.sbom", "image=cake"]) == 2
    assert "there are the images node, base, large, large-base" in capsys.readouterr().err

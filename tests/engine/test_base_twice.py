"""The base that is made of Debian packages is the same to the byte each time it is made of the same ones."""

import hashlib
import tarfile
from pathlib import Path

import pytest

from lab import kinds
from lab.engine import bootstrap, discovery, host, images
from lab.engine.brief import printed
from lab.engine.images import Recipe
from lab.progress import Nobody
from tests.engine.real import docker_engine, node_image

pytestmark = pytest.mark.docker

RECIPE = Recipe.of(kinds.sharing())


def made(file: Path) -> str:
    """Make the base once more, into a file, and return its digest as the engine writes it."""
    digest = hashlib.sha256()
    with bootstrap.bootstrapped(RECIPE.packages, RECIPE.dpkg, Nobody()) as tar, file.open("wb") as out:
        for piece in tar:
            digest.update(piece)
            out.write(piece)
    return f"sha256:{digest.hexdigest()}"


def members(file: Path) -> dict[str, tuple[object, ...]]:
    """Return what a tar says of each of its members, with a digest of its content."""
    with tarfile.open(file) as tar:
        return {
            it.name: (
                it.mode,
                it.uid,
                it.gid,
                it.mtime,
                it.linkname,
                content and hashlib.sha256(content.read()).digest(),
            )
            for it in tar
            for content in [tar.extractfile(it) if it.isfile() else None]
        }


def in_the_engine() -> str:
    """Return the digest of the base that the engine has; nothing where a registry had a part in it."""
    client = discovery.connect(Nobody())
    images.ensure(client, Nobody(), kinds.sharing())
    layers = client.images.get(RECIPE.base).attrs["RootFS"]["Layers"]
    client.close()
    return str(layers[0]) if len(layers) == 1 else ""


def test_the_base_made_twice_is_the_same_to_the_byte(tmp_path: Path) -> None:
    if not host.program("mmdebstrap"):
        pytest.skip("mmdebstrap is not installed here; where a registry answers, no base is made of packages")
    first, second = tmp_path / "1.tar", tmp_path / "2.tar"
    digest = made(first)
    if digest == in_the_engine():  # that was the first time
        return
    # The archive may have had other versions then.
    if made(second) != digest:
        one, other = members(first), members(second)
        assert not {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
        pytest.fail("the order of the files differs")


def test_no_key_of_a_build_is_in_the_image() -> None:
    program = (
        "import glob, os, subprocess\n"
        "for key in glob.glob('/etc/**/*.key', recursive=True) + glob.glob('/etc/**/*.pem', recursive=True):\n"
        "    query = ['dpkg-query', '--search', os.path.realpath(key)]\n"
        "    if subprocess.run(query, capture_output=True).returncode: print(key)\n"
        "print('looked')"
    )
    assert printed(docker_engine(), node_image(), "python3", "-c", program).split() == [b"looked"]

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from lab.cli.program import main
from lab.engine import archive, discovery, images
from lab.engine.archive import Contents
from lab.engine.images import recipes
from lab.errors import InputError
from lab.kinds import load
from lab.progress import Nobody
from tests.engine.real import empty_engine, node_image

NODE, BASE = "wiretale/node:0123", "wiretale/base:4567"
LABEL = {"format": 2, "tags": [NODE, BASE], "nodes": [NODE], "architecture": "x86_64"}
DOCKERS = [{"RepoTags": [NODE]}, {"RepoTags": [BASE]}]


def tar(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def packed(label: object = LABEL, dockers: object = DOCKERS) -> bytes:
    layer = bytes(range(256)) * 4000
    members = {"wiretale.json": label, "layer.tar": layer, "manifest.json": dockers}
    written = {name: it if isinstance(it, bytes) else json.dumps(it).encode() for name, it in members.items()}
    return gzip.compress(tar(written))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def test_a_file_that_is_whole_tells_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_bytes(packed())
    assert archive.looked_through(tmp_path / "a.tgz") == Contents((NODE, BASE), (NODE,), "x86_64")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"# a page\n", id="a page"),
        pytest.param(packed()[:-4], id="cut off at the end"),
        pytest.param(packed()[: len(packed()) // 2], id="cut in half"),
        pytest.param(flipped(packed(), -6), id="checksum"),
        pytest.param(flipped(packed(), len(packed()) // 2), id="one bit"),
        pytest.param(gzip.compress(b"# a page\n" * 100), id="a zipped page"),
        pytest.param(gzip.compress(tar({})), id="nothing in it"),
        pytest.param(gzip.compress(tar({"manifest.json": b"[]"})), id="of docker save"),
        pytest.param(packed(label=[]), id="another label"),
        pytest.param(packed(label={"format": 2}), id="a label that says little"),
        pytest.param(packed(dockers=[{"RepoTags": None}]), id="images without names"),
        pytest.param(packed(dockers=b"\xff"), id="no text"),
    ],
)
def test_a_file_that_is_damaged_or_foreign_is_refused_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.tgz"
    file.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.tgz is damaged, or was not made by") as refused:
        archive.looked_through(file)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    "dockers",
    [[*DOCKERS, {"RepoTags": ["debian:latest"]}], [{"RepoTags": [NODE]}], [{"RepoTags": ["debian:latest"]}], []],
)
def test_a_file_that_brings_other_images_than_it_says_is_refused(tmp_path: Path, dockers: object) -> None:
    (tmp_path / "a.tgz").write_bytes(packed(dockers=dockers))
    with pytest.raises(InputError, match="images that are not Wiretale's, or not those"):
        archive.looked_through(tmp_path / "a.tgz")


def test_images_of_others_are_refused_whatever_the_label_says(tmp_path: Path) -> None:
    label, dockers = LABEL | {"tags": ["debian:latest"]}, [{"RepoTags": ["debian:latest"]}]
    (tmp_path / "a.tgz").write_bytes(packed(label, dockers))
    with pytest.raises(InputError, match="not Wiretale's"):
        archive.looked_through(tmp_path / "a.tgz")


def test_a_format_of_another_version_is_called_that(tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_bytes(packed(label=LABEL | {"format": 3}))
    with pytest.raises(InputError, match="another version of Wiretale"):
        archive.looked_through(tmp_path / "a.tgz")


def test_a_file_that_is_not_there_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        archive.looked_through(tmp_path / "a.tgz")


@pytest.mark.docker
def test_an_engine_without_images_and_network_has_them_after_loading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, image = tmp_path / "images.tgz", node_image()
    assert main(["images.save", f"file={file}"]) == 0
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
    with empty_engine(tmp_path / "engine") as empty:
        monkeypatch.setenv("DOCKER_HOST", empty.url)
        assert main(["images.load", f"file={file}"]) == 0
        assert f"{image} is there; labs run on it." in capsys.readouterr().out
        client = discovery.connect(Nobody())
        packages = images.versions(client, image)
        assert client.images.list(recipes(load())[0].base)
        client.close()
    assert any(package.startswith("python3=") for package in packages)


@pytest.mark.docker
def test_a_file_for_another_kind_of_machine_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_bytes(packed(label=LABEL | {"architecture": "pdp11"}))
    client = discovery.connect(Nobody())
    with pytest.raises(InputError, match="is for pdp11; this engine runs on"):
        archive.load(client, tmp_path / "a.tgz", Nobody())
    client.close()

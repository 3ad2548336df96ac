"""Images in one file: saved, looked through before anything is loaded from it, and loaded.

The file is a gzipped tar as `docker save` makes it, which `docker load` understands, with two additions: a first member
that says what it is, and whatever else shall travel with the images.
"""

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lab.engine import images
from lab.engine.images import BASE, NODE, Recipe
from lab.errors import EngineError, InputError
from lab.files import written
from lab.progress import Listener

if TYPE_CHECKING:
    import docker
    from requests import Response

_LABEL, _DOCKERS = "wiretale.json", "manifest.json"
_FORMAT = 2

_QUICK = 1
"""The level of compression: 90 MB in 12 s, where the usual one makes 82 MB in 17 s."""

_PIECE = 1 << 20

_PATIENCE = 600
"""Seconds for which an engine may be silent while it packs or unpacks an image; a slow disk takes its time."""


@dataclass(frozen=True)
class Contents:
    """What a file holds: the tags of its images, those that nodes run on, and for which architecture all that is."""

    tags: tuple[str, ...]
    nodes: tuple[str, ...]
    architecture: str


def save(
    client: "docker.DockerClient",
    recipes: Sequence[Recipe],
    file: Path,
    listener: Listener,
    more: Mapping[str, Path] | None = None,
) -> Contents:
    """Write the images of recipes, which the engine must have, into a file, with ``more`` files under their names.

    Their bases go along where the engine has them: with them a changed program of ours is built in without a network.
    Raises ``EngineError``, or ``InputError`` when the file cannot be written; there is no file then.
    """
    with images.translated("save the images"):
        wanted = [tag for recipe in recipes for tag in (recipe.node, recipe.base)]
        tags = tuple(tag for tag in wanted if images.has(client, tag))
        contents = Contents(tags, tuple(one.node for one in recipes), str(client.info()["Architecture"]))
        with (
            listener.step(f"writing {file}"),
            written(file) as out,
            _packing(out) as tar,
            _saved(client, tags) as saved,
        ):
            _add(tar, _LABEL, _label(contents))
            for name, path in sorted((more or {}).items()):
                _add(tar, name, path.read_bytes())
            _copy(saved, tar)
    return contents


def load(client: "docker.DockerClient", file: Path, listener: Listener) -> Contents:
    """Look a file through, then load its images into the engine, and return what it holds.

    Raises ``InputError`` for a file that is damaged, foreign, or for machines of another kind; nothing is loaded then.
    """
    with listener.step(f"looking {file} through"):
        contents = looked_through(file)
    with images.translated("load the images"), images.patience(client, _PATIENCE), listener.step("loading the images"):
        here = str(client.info()["Architecture"])
        if here != contents.architecture:
            raise InputError(f"{file} is for {contents.architecture}; this engine runs on {here}")
        with file.open("rb") as data:
            for event in client.api.load_image(data):  # type: ignore[no-untyped-call]
                if "error" in event:
                    raise EngineError(f"the engine could not load {file}: {event['error']}")
        if gone := [tag for tag in contents.tags if not images.has(client, tag)]:
            raise EngineError(f"the engine loaded {file}, and does not have {', '.join(gone)} all the same")
    return contents


def looked_through(file: Path) -> Contents:
    """Return what a file holds, having read all of it: checksums, names, and that it brings no image but ours.

    Raises ``InputError`` with one sentence when anything is wrong with it.
    """
    with _blamed(file), gzip.open(file) as unpacked:
        with tarfile.open(fileobj=unpacked, mode="r|") as tar:
            label = _told(tar, tar.next())
            dockers = [_told(tar, entry) for entry in tar if entry.name == _DOCKERS]
        while unpacked.read(_PIECE):  # the checksum comes last
            continue
        if label["format"] != _FORMAT:
            raise InputError(f"{file} was made by another version of Wiretale, in a format that this one does not know")
        contents = Contents(tuple(label["tags"]), tuple(label["nodes"]), label["architecture"])
        found = {tag for told in dockers for image in told for tag in image["RepoTags"]}
        if found != set(contents.tags) or not all(str(tag).startswith((f"{NODE}:", f"{BASE}:")) for tag in found):
            raise InputError(f"{file} brings images that are not Wiretale's, or not those that it tells of; not loaded")
    return contents


def _told(tar: tarfile.TarFile, entry: tarfile.TarInfo | None) -> Any:
    content = tar.extractfile(entry) if entry else None
    if content is None:
        raise ValueError("it is empty")
    return json.load(content)


@contextmanager
def _blamed(file: Path) -> Iterator[None]:
    """Say in one sentence what is wrong with a file, whichever layer of it complains."""
    try:
        yield
    except (gzip.BadGzipFile, zlib.error, EOFError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        why = f"{file} is damaged, or was not made by `images.save` or `bundle`; nothing was loaded"
        raise InputError(f"{why} ({error})") from error
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from error


@contextmanager
def _packing(out: BinaryIO) -> Iterator[tarfile.TarFile]:
    with (
        gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=_QUICK, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        yield tar


def _label(contents: Contents) -> bytes:
    told = {"what": "images of Wiretale", "format": _FORMAT, **vars(contents)}
    return json.dumps(told, indent=2).encode() + b"\n"


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def _copy(saved: tarfile.TarFile, tar: tarfile.TarFile) -> None:
    for entry in saved:
        tar.addfile(entry, saved.extractfile(entry) if entry.isfile() else None)


@contextmanager
def _saved(client: "docker.DockerClient", tags: Iterable[str]) -> Iterator[tarfile.TarFile]:
    """Give what the engine makes of several images at once, which the SDK does not ask for: layers are in it once."""
    url = f"{client.api.base_url}/v{client.api.api_version}/images/get"
    with client.api.get(url, params={"names": list(tags)}, stream=True, timeout=_PATIENCE) as response:
        response.raise_for_status()
        with tarfile.open(fileobj=io.BufferedReader(_Body(response), _PIECE), mode="r|") as tar:
            yield tar


class _Body(io.RawIOBase):
    """The body of an answer as a stream of bytes, whose errors are those of the HTTP client."""

    def __init__(self, response: "Response") -> None:
        self._pieces = response.iter_content(_PIECE)
        self._rest = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what comes next; nothing is the end."""
        self._rest = self._rest or next(self._pieces, b"")
        some, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(some)] = some
        return len(some)

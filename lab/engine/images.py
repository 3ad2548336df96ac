"""The images of the nodes, named after what goes into them: a changed recipe is built, an unchanged one is not.

Most labs run on the small image; the large one holds all that is in the small one, and the programs of large kinds.
"""

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.engine import bootstrap, brief
from lab.engine.embedded import locked, state_folder
from lab.errors import EngineError
from lab.kinds.kind import Kind
from lab.progress import Listener

if TYPE_CHECKING:
    import docker

RECIPES = Path(__file__).resolve().parents[2] / "images"

BASE, NODE = "wiretale/base", "wiretale/node"

_LOCKS = ("packages.lock", "packages-large.lock")
_LABEL = "wiretale.image"
_REGISTRY_PATIENCE = 10
"""Seconds within which a registry has to answer; where there is none, the answer takes milliseconds."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""The builder paints what a program says on its standard error."""

_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")


@dataclass(frozen=True)
class Recipe:
    """What goes into the images, read once: what is named after it is what is built from it."""

    folder: Path
    packages: tuple[str, ...]
    is_large: bool
    dpkg: str
    base_context: bytes = field(repr=False)
    node_context: bytes = field(repr=False)

    @classmethod
    def of(cls, kinds: Mapping[str, type[Kind]], folder: Path = RECIPES) -> "Recipe":
        """Read the recipe for an image that these kinds of node can share."""
        listed = (folder / "node/packages.txt").read_text().splitlines()
        names = {line.strip() for line in listed if line.strip() and not line.startswith("#")}
        return cls(
            folder=folder,
            packages=tuple(sorted(names.union(*(kind.packages for kind in kinds.values())))),
            is_large=any(kind.is_large for kind in kinds.values()),
            dpkg=(folder / "base/dpkg.cfg").read_text(),
            base_context=_context(folder / "base"),
            node_context=_context(folder / "node", leave_out=("packages.txt", *_LOCKS)),
        )

    @cached_property
    def base(self) -> str:
        """The tag of the base: Debian with all packages."""
        command = bootstrap.command(self.packages, (), (), self.dpkg)
        return f"{BASE}:{_digest([self.base_context, ' '.join(command).encode()])}"

    @cached_property
    def node(self) -> str:
        """The tag of the node image: the base with our own files."""
        return f"{NODE}:{_digest([self.base.encode(), self.node_context])}"

    @property
    def lock(self) -> Path:
        """The file with the version of every package as it was last built on purpose."""
        return self.folder / "node" / _LOCKS[self.is_large]


def ensure(
    client: "docker.DockerClient", listener: Listener, kinds: Mapping[str, type[Kind]], folder: Path = RECIPES
) -> str:
    """Return the tag of the node image for these kinds; it is built when the engine does not have it.

    Of several processes at once one builds and the others wait. Raises ``EngineError`` when it cannot be built.
    """
    return _ensured(client, listener, Recipe.of(kinds, folder))


def ensure_all(
    client: "docker.DockerClient", listener: Listener, kinds: Mapping[str, type[Kind]]
) -> tuple[Recipe, Recipe]:
    """Have the small image and the large one, as ``ensure`` does; return their recipes."""
    both = recipes(kinds)
    for recipe in both:
        _ensured(client, listener, recipe)
    return both


def _ensured(client: "docker.DockerClient", listener: Listener, recipe: Recipe) -> str:
    if not has(client, recipe.node):
        with locked(state_folder() / "images.lock"):
            _Builder(client, listener).build(recipe)
    return recipe.node


def listed(client: "docker.DockerClient") -> tuple[tuple[str, int], ...]:
    """Return our images in this engine: the tag and the size in bytes, the newest first."""
    images = [image for name in (NODE, BASE) for image in client.images.list(name)]
    return tuple((tag, int(image.attrs["Size"])) for image in images for tag in image.tags)


def recipes(kinds: Mapping[str, type[Kind]]) -> tuple[Recipe, Recipe]:
    """Return the recipes of the small and of the large image, for all of our kinds."""
    return Recipe.of({name: kind for name, kind in kinds.items() if not kind.is_large}), Recipe.of(kinds)


@dataclass(frozen=True)
class Stock:
    """What an engine has of our images. Tags come with their sizes in bytes."""

    wanted: str
    """The tag that this version of Wiretale runs on, whether it is there or not."""
    present: bool
    has_large: bool
    """Whether the image is there for labs that need a larger one."""
    others: Mapping[str, int]
    """Images of other versions, which share layers: the sum of their sizes is more than removing them would free."""
    dangling: tuple[str, ...]
    """Images that a killed build left, by id; the next build sweeps them up."""

    @property
    def some(self) -> str:
        """The image that fits best of those that are there; empty where none is."""
        return self.wanted if self.present else next(iter(self.others), "")


def stock(client: "docker.DockerClient", small: Recipe, large: Recipe) -> Stock:
    """Return what the engine has for our recipes, and else of ours."""
    sizes = dict(listed(client))
    ours = {tag for recipe in (small, large) for tag in (recipe.node, recipe.base)}
    others = {tag: size for tag, size in sizes.items() if tag not in ours}
    return Stock(small.node, small.node in sizes, large.node in sizes, others, _dangling(client))


def _dangling(client: "docker.DockerClient") -> tuple[str, ...]:
    """Return images with our label and no name. An image inherits the label."""
    found = client.api.images(filters={"dangling": True, "label": _LABEL})
    return tuple(image["Id"] for image in found)


def versions(client: "docker.DockerClient", image: str) -> tuple[str, ...]:
    """Return every package of an image as NAME=VERSION, in order of name."""
    from lab.engine.docker import DockerEngine

    query = ("dpkg-query", "--show", "--showformat=${Package}=${Version}\n")
    return tuple(sorted(brief.printed(DockerEngine(client), image, *query).decode().split()))


def unlocked(client: "docker.DockerClient", recipe: Recipe, image: str) -> tuple[str, ...]:
    """Return a sentence for each package of an image that is not as the recipe's lock file says."""
    lock = recipe.lock.read_text().split() if recipe.lock.exists() else []
    return differences(versions(client, image), lock) if lock else ()


def differences(built: Iterable[str], lock: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence for each package whose version is not the one of the lock file. Pure."""
    now, then = (dict(entry.split("=", 1) for entry in entries) for entries in (built, lock))
    return tuple(
        f"{name} is {now.get(name, 'gone')}, the lock file says {then.get(name, 'nothing of it')}"
        for name in sorted(now.keys() | then.keys())
        if now.get(name) != then.get(name)
    )


class _Builder:
    """One build: what is missing of a recipe is made, and nothing half-made stays behind."""

    def __init__(self, client: "docker.DockerClient", listener: Listener) -> None:
        self._client = client
        self._listener = listener

    def build(self, recipe: Recipe) -> None:
        self._sweep()
        try:
            self._build_what_is_missing(recipe)
        finally:
            self._sweep()

    def _build_what_is_missing(self, recipe: Recipe) -> None:
        if not has(self._client, recipe.base):
            self._build_base(recipe)
            self._compare(recipe)
        if not has(self._client, recipe.node):
            with self._listener.step("building the node image"):
                # The builder has a network only where it is needed: an embedded engine has no bridge to offer.
                self._build(recipe.node_context, recipe.node, "none", {"BASE": recipe.base})

    def _build_base(self, recipe: Recipe) -> None:
        if self._registry_answers(recipe):
            with self._listener.step("building the base image on Debian's"):
                arguments = {"PACKAGES": " ".join(recipe.packages), "MIRROR": os.environ.get("WIRETALE_MIRROR", "")}
                self._build(recipe.base_context, recipe.base, "host", arguments | _proxies(os.environ))
        else:
            bootstrap.needs(self._listener)
            with self._listener.step("making the base image of Debian packages"):
                self._bootstrap(recipe)

    def _registry_answers(self, recipe: Recipe) -> bool:
        """Ask the engine, which may have other ways to a registry than we have."""
        import requests.exceptions
        from docker.errors import APIError

        wanted = debian(recipe.folder / "base/Dockerfile")
        if has(self._client, wanted):
            return True
        try:
            with patience(self._client, _REGISTRY_PATIENCE):
                self._client.api.inspect_distribution(wanted)  # type: ignore[no-untyped-call]
        except (APIError, requests.exceptions.RequestException) as error:
            self._listener.line(f"no registry: {getattr(error, 'explanation', None) or error}")
            return False
        return True

    def _bootstrap(self, recipe: Recipe) -> None:
        """Let the engine import what mmdebstrap makes, and name it only when all went well."""
        with (
            bootstrap.bootstrapped(recipe.packages, recipe.dpkg, self._listener) as tar,
            translated("import the base"),
        ):
            made = _imported(self._client, tar)
        self._client.api.tag(made, BASE, recipe.base.partition(":")[2])

    def _build(self, context: bytes, tag: str, network: str, arguments: Mapping[str, str]) -> None:
        with translated(f"build {tag}"):
            self._say_and_check(
                self._client.api.build(
                    fileobj=io.BytesIO(context),
                    custom_context=True,
                    tag=tag,
                    buildargs=dict(arguments),
                    network_mode=network,
                    rm=True,
                    forcerm=True,
                    decode=True,
                )
            )

    def _say_and_check(self, events: Iterable[Mapping[str, Any]]) -> None:
        said: list[str] = []
        for event in events:
            if "error" in event:
                raise EngineError(
                    "\n".join(["the image could not be built:", *said[-12:], str(event["error"]).strip()])
                )
            text = _COLOURS.sub("", str(event.get("stream", "")))
            lines = [line for line in text.splitlines() if line.strip()]
            said.extend(lines)
            for line in lines:
                self._listener.line(line)

    def _sweep(self) -> None:
        """Remove what an interrupted build left."""
        from docker.errors import APIError

        for image in _dangling(self._client):
            try:
                self._client.api.remove_image(image)
            except APIError as error:  # a container still uses it
                self._listener.line(f"left behind: {image}: {error.explanation}")

    def _compare(self, recipe: Recipe) -> None:
        told = unlocked(self._client, recipe, recipe.base)
        if told:
            self._listener.say("\n".join((*told, "If that is meant so: ./invoke images --lock")))


def debian(dockerfile: Path) -> str:
    """Return the image that a Dockerfile is based on, by name and digest."""
    return next(line.split()[1] for line in dockerfile.read_text().splitlines() if line.startswith("FROM "))


def has(client: "docker.DockerClient", tag: str) -> bool:
    """Return whether an engine has an image."""
    from docker.errors import ImageNotFound

    try:
        with translated(f"look for {tag}"):
            client.api.inspect_image(tag)  # type: ignore[no-untyped-call]
    except ImageNotFound:
        return False
    return True


def _imported(client: "docker.DockerClient", tar: Iterator[bytes]) -> str:
    """Return the id of an image with this file system; a label says whose it is even before it has a name."""
    import json

    answer = client.api.import_image_from_data(tar, changes=[f"LABEL {_LABEL}={BASE}", 'CMD ["/bin/bash"]'])
    last = json.loads(answer.strip().splitlines()[-1])
    if "error" in last:
        raise EngineError(f"the engine could not import the base image: {last['error']}")
    return str(last["status"])


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn the errors of the SDK into ours, except that an image is not there, which is an answer."""
    import requests.exceptions
    from docker.errors import DockerException, ImageNotFound

    try:
        yield
    except ImageNotFound:
        raise
    except (DockerException, requests.exceptions.RequestException) as error:
        raise EngineError(f"the engine could not {what}: {getattr(error, 'explanation', None) or error}") from error


@contextmanager
def patience(client: "docker.DockerClient", seconds: int) -> Iterator[None]:
    """Have a client wait for so many seconds, and no more, for an answer."""
    usual = client.api.timeout
    client.api.timeout = seconds
    try:
        yield
    finally:
        client.api.timeout = usual


def _proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies of this machine, in both spellings: they go into the build and not into the image."""
    names = {spelling for name in _PROXIES for spelling in (name, name.upper())}
    return {name: environment[name] for name in sorted(names) if environment.get(name)}


def _digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()[:16]


def _context(folder: Path, leave_out: tuple[str, ...] = ()) -> bytes:
    """Return a folder as a tar that depends on names, contents and executable bits alone: not on clones or clocks."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for file in sorted(folder.rglob("*")):
            name = str(file.relative_to(folder))
            if name not in leave_out and "__pycache__" not in file.parts:
                _add(tar, file, name)
    return out.getvalue()


def _add(tar: tarfile.TarFile, file: Path, name: str) -> None:
    entry = tar.gettarinfo(str(file), name)
    entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = 0, 0, 0, "", ""
    entry.mode = 0o755 if file.is_dir() or entry.mode & 0o100 else 0o644
    if file.is_file() and not file.is_symlink():
        with file.open("rb") as content:
            tar.addfile(entry, content)
    else:
        tar.addfile(entry)

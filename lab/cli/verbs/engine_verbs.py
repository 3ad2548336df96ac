"""The verbs of the engine and its images: show it, stop it, tell a shell where it is, build what is missing."""

import re
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory

from lab import files, kinds
from lab.cli import terminal
from lab.engine import archive, discovery, images, wheels
from lab.engine.embedded import EmbeddedEngine
from lab.errors import InputError


def engine() -> None:
    """Show which engine is used; one that does not run yet is not started for that."""
    embedded = EmbeddedEngine.of_this_user()
    where = discovery.find()
    if where is None:
        terminal.say("No engine runs; the embedded one is started when a lab needs it.")
        terminal.say(f"Its state will be in {embedded.state}.")
        return
    about = discovery.about(where)
    rows = [("engine", where.source), ("address", where.url), ("version", about.version), ("API", about.api)]
    rows.append(("state", str(embedded.state) if where.url == embedded.url else about.root))
    terminal.table(("", ""), rows)


def stop() -> None:
    """Stop the embedded engine; any other is not ours to stop."""
    stopped = EmbeddedEngine.of_this_user().stop()
    terminal.say("The embedded engine is stopped; its images stay." if stopped else "No embedded engine runs.")


def env() -> None:
    """Print the line that makes a shell's `docker` talk to the engine, which is started if need be."""
    terminal.say(f"export DOCKER_HOST={shlex.quote(discovery.address(terminal.listener()).url)}")


def ready() -> None:
    """See to it that an engine runs and has the images."""
    listener = terminal.listener()
    images.ensure_all(discovery.connect(listener), listener, kinds.load())


def save_images(file: str) -> None:
    """Write the images into a file, building first what is missing."""
    listener = terminal.listener()
    client = discovery.connect(listener)
    recipes = images.ensure_all(client, listener, kinds.load())
    terminal.say(_written(file, archive.save(client, recipes, Path(file), listener)))


def bundle(file: str, pythons: str) -> None:
    """Write into a file all that a machine without a network needs: the images, and the packages of the environment."""
    wanted = tuple(word for word in pythons.split(",") if word) or wheels.PYTHONS
    if unknown := [word for word in wanted if not re.fullmatch(r"3\.\d+", word)]:
        raise InputError(f"pythons={pythons}: '{unknown[0]}' is no version of Python; it goes like pythons=3.11,3.13")
    listener = terminal.listener()
    client = discovery.connect(listener)
    recipes = images.ensure_all(client, listener, kinds.load())
    with TemporaryDirectory() as folder:
        packages = wheels.bundled(Path(folder), wanted, listener)
        contents = archive.save(client, recipes, Path(file), listener, packages)
    terminal.say(f"{_written(file, contents)}, with the packages for Python {', '.join(wanted)}")


def load_images(file: str) -> None:
    """Load the images of a file into the engine."""
    listener = terminal.listener()
    contents = archive.load(discovery.connect(listener), Path(file), listener)
    wanted = {recipe.node for recipe in images.recipes(kinds.load())}
    for tag in contents.nodes:
        fits = tag in wanted
        terminal.say(f"{tag} is there; {'labs run on it' if fits else 'this version of Wiretale does not run on it'}.")
    for tag in sorted(wanted.difference(contents.nodes)):
        terminal.say(f"This version of Wiretale runs on {tag}, which is not in the file: it has to be built.")


def bill(image: str, file: str) -> None:
    """Write the bill of materials of one of the images, or print it."""
    from lab.engine import sbom

    listener = terminal.listener()
    client = discovery.connect(listener)
    small, large = images.ensure_all(client, listener, kinds.load())
    tags = {"node": small.node, "base": small.base, "large": large.node, "large-base": large.base}
    if image not in tags:
        raise InputError(f"image={image}: there are the images {', '.join(tags)}")
    told = sbom.bill(client, tags[image])
    if not file:
        terminal.say(sbom.text(told))
        return
    with files.written(Path(file)) as out:
        out.write(sbom.text(told).encode())
    terminal.say(f"{file}: {len(told['components'])} packages of {tags[image]}")


def _written(file: str, contents: archive.Contents) -> str:
    return f"{file}: {', '.join(contents.tags)}; {Path(file).stat().st_size / 1e6:.0f} MB"


def show_images(lock: bool) -> None:
    """Build the images that are missing, and list them."""
    listener = terminal.listener()
    client = discovery.connect(listener)
    recipes = images.ensure_all(client, listener, kinds.load())
    if lock:
        for recipe in recipes:
            _lock(recipe, images.versions(client, recipe.node))
    used = {recipe.node: "for large labs" if recipe.is_large else "in use" for recipe in recipes}
    rows = [(name, f"{size / 1e6:.0f} MB", used.get(name, "")) for name, size in images.listed(client)]
    terminal.table(("image", "size", ""), rows)
    if told := [line for recipe in recipes for line in images.unlocked(client, recipe, recipe.node)]:
        terminal.say("\n".join(dict.fromkeys(told)))
        terminal.say("If the packages are meant to be these: ./invoke images --lock")


def _lock(recipe: images.Recipe, versions: tuple[str, ...]) -> None:
    with files.written(recipe.lock) as out:
        out.write(("\n".join(versions) + "\n").encode())
    terminal.say(f"{len(versions)} packages are written down in {recipe.lock}")

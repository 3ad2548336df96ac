"""The verbs of the engine and its images: show it, stop it, tell a shell where it is, build what is missing."""

import shlex

from lab import kinds
from lab.cli import terminal
from lab.engine import discovery, images
from lab.engine.embedded import EmbeddedEngine


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
    images.ensure(discovery.connect(listener), listener, kinds.load())


def show_images(lock: bool) -> None:
    """Build the images that are missing, and list them."""
    listener = terminal.listener()
    client = discovery.connect(listener)
    tag = images.ensure(client, listener, kinds.load())
    if lock:
        versions = images.versions(client, tag)
        file = images.Recipe.of(kinds.load()).lock
        file.write_text("\n".join(versions) + "\n")
        terminal.say(f"{len(versions)} packages are written down in {file}")
    rows = [(name, f"{size / 1e6:.0f} MB", "in use" if name == tag else "") for name, size in images.listed(client)]
    terminal.table(("image", "size", ""), rows)

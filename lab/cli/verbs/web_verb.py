"""The verb of the page for the stage."""

from lab.cli import terminal
from lab.cli.program import SCENARIOS
from lab.cli.verbs.story_verbs import RUNS
from lab.client import Client


def web(topology: str, name: str, host: str) -> None:
    """Serve the page of the lab of a topology, which is brought up where it does not run."""
    from lab.web import LOCAL, serve

    client = Client.connected(terminal.listener())
    found, _ = client.some_lab(topology, name)
    if host not in ("", LOCAL):
        terminal.say(f"Whoever reaches {host} and knows the first address can tell stories here: keep it to yourself.")
    serve(client, found, SCENARIOS, RUNS, host or LOCAL, terminal.say)

"""The verb that measures: parts of the bench, one after the other; --write keeps figures, and makes the page anew."""

from lab import kinds
from lab.bench import figures, goals, measuring
from lab.bench.page import page, remarks_of
from lab.cli import terminal
from lab.cli.program import ROOT
from lab.client import Client
from lab.engine import discovery, images
from lab.errors import InputError
from lab.files import written

PAGE, RAW = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.json"


def bench(part: str, rounds: str, write: bool) -> None:
    """Measure some parts and tell which goals they reach; ``write`` keeps them beside what was measured before."""
    if not rounds.isdecimal() or not int(rounds):
        raise InputError(f"rounds={rounds} is no number of rounds; say rounds=5, for instance")
    wanted = measuring.parts_of(part)
    listener = terminal.listener()
    client = discovery.connect(listener)
    image = images.ensure(client, listener, kinds.sharing())
    sizes = measuring.Sizes()
    with measuring.bench(client, Client.connected(listener), image, int(rounds), sizes, listener) as at_work:
        for one in wanted:
            with listener.step(f"part {one}"):
                found = {one: measuring.measured(at_work, one)}
            _tell(found)
            if write:
                _keep(found)


def _tell(found: figures.Parts) -> None:
    for goal in goals.goals(found):
        terminal.say(f"{'met   ' if goal.met else 'missed'}  {goal.sentence}: {goal.seen}")


def _keep(found: figures.Parts) -> None:
    """Write new figures beside the others, and the page that all of them make."""
    kept = figures.read(RAW.read_text()) if RAW.exists() else {}
    kept |= found
    before = PAGE.read_text() if PAGE.exists() else ""
    for file, text in ((RAW, figures.written(kept)), (PAGE, page(kept, remarks_of(before)))):
        with written(file) as out:
            out.write(text.encode())

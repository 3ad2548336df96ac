"""An engine that answers one request wrongly, whichever: one clear error, exit code 3, and `clean` leaves nothing."""

import os
import re
from functools import cache
from pathlib import Path

import pytest

from lab.cli.program import main
from lab.engine import discovery
from lab.progress import Nobody
from tests.live.faulty import FAULTS, NO_JSON_WANTED, FaultyEngine
from tests.residue import Machine

pytestmark = pytest.mark.docker

OWNER = f"faulty-{os.getpid()}"
TINY = """
name: tiny
networks: {lan: 10.0.0.0/24}
nodes:
  ada: {kind: host, links: {lan: 2}}
  web: {kind: http, links: {lan: 80}, pages: {/: Open}}
"""
STORY = '''
"""A page is fetched."""

from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario


@dataclass(frozen=True)
class Seen(Evidence):
    visited: Capture


@scenario("fetch", topology="tiny.yml")
def fetch(lab: Lab) -> Seen:
    """Tell it."""
    with lab.act("Ada fetches the page.") as visited:
        lab["ada"].types("curl", "--silent", "http://10.0.0.80/")
    return Seen(lab.plan, visited.capture)
'''
PROOFS = """
from scapy.layers.inet import TCP


def test_the_page_is_fetched(evidence):
    assert TCP(dport=80) in evidence("fetch").visited
"""
VERBS = ("up", "run", "down")
SPREAD = 4
"""How many of a verb's requests are answered wrongly in CI, each in another way; in the soak all, in every way."""


ENDS_OF_TAPS = re.compile(r"GET .*/exec/[0-9a-f]+/json")
"""How a tap ended that was let go is nobody's question: it had proven by its marks that nothing is missing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    for name, text in {"tiny.yml": TINY, "fetch.py": STORY, "test_fetch.py": PROOFS}.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def faulty(folder):
    """Give an engine that answers wrongly when it is told to; it is the one of all commands here."""
    engine = discovery.address(Nobody()).url
    patch = pytest.MonkeyPatch()
    patch.setenv("LOGNAME", OWNER)
    with FaultyEngine(folder / "docker.sock", engine).serving() as faulty:
        patch.setenv("DOCKER_HOST", faulty.url)
        yield faulty
        faulty.answers_wrongly(None)
        main(["clean"])
    patch.undo()


@pytest.fixture(scope="module")
def machine(faulty):
    return Machine.as_it_is(discovery.connect(Nobody()), OWNER)


def words(verb, folder):
    topology = f"topology={folder / 'tiny.yml'}"
    return {"up": ("up", topology), "run": ("run", f"scenario={folder / 'fetch.py'}"), "down": ("down",)}[verb]


def prepare(verb, faulty, folder):
    faulty.answers_wrongly(None)
    if verb == "down":
        assert main(words("up", folder)) == 0


@pytest.fixture(scope="module")
def requests(faulty, folder):
    """Give the number of requests that a verb makes when all is well."""

    @cache
    def of(verb):
        prepare(verb, faulty, folder)
        faulty.answers_wrongly(None)
        assert main(words(verb, folder)) == 0
        number = len(faulty.requests)
        assert main(["clean"]) == 0
        return number

    return of


def answered_wrongly(verb, number, fault, faulty, folder, capsys):
    """Run a verb, one request of which is answered wrongly, and assert that it says so."""
    prepare(verb, faulty, folder)
    capsys.readouterr()
    faulty.answers_wrongly(number, fault)
    code = main(words(verb, folder))
    faulty.wrong = None
    errors = capsys.readouterr().err
    if not faulty.was_wrong.is_set():  # this time there were fewer requests
        assert code == 0
        return
    request = faulty.requests[number]
    what = f"{fault} to request {number} of {verb}, {request}: {code}: {errors}"
    assert "Traceback" not in errors, what
    assert "defect" not in errors, what
    assert "\x1b" not in errors, what
    assert code == 3 or ("json" in fault and NO_JSON_WANTED.search(request)) or ENDS_OF_TAPS.search(request), what
    assert code == 0 or errors.splitlines()[-1], what


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("turn", range(SPREAD))
def test_a_request_that_is_answered_wrongly_is_one_clear_error(verb, turn, requests, faulty, folder, machine, capsys):
    faults = list(FAULTS)
    number = requests(verb) * (2 * turn + 1) // (2 * SPREAD)
    fault = faults[(turn + VERBS.index(verb)) % len(faults)]
    answered_wrongly(verb, number, fault, faulty, folder, capsys)
    assert main(["clean"]) == 0
    machine.assert_clean()


@pytest.mark.soak
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_request_that_is_answered_wrongly_is_one_clear_error(
    verb, fault, requests, faulty, folder, machine, capsys
):
    for number in range(requests(verb)):
        answered_wrongly(verb, number, fault, faulty, folder, capsys)
        assert main(["clean"]) == 0
    machine.assert_clean()

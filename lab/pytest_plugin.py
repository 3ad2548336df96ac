"""The pytest plugin: running labs and the evidence of stories as fixtures, failures that name the nearest frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # what a session without labs need not import
    from lab.client import Client
    from lab.running import Lab
    from lab.scenario import Evidence, Scenario

LIVE, RECORDED = "live", "recorded"

Tell = Callable[[str], "Evidence"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of labs."""
    group = parser.getgroup("wiretale", "labs and the evidence of their stories")
    group.addoption("--evidence", metavar="FOLDER", help="take all evidence from this folder of one run")
    group.addoption("--lab-keep", action="store_true", help="leave the labs of the tests up")
    group.addoption("--lab-pcap-dir", metavar="FOLDER", help="keep what the stories recorded here")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks."""
    config.addinivalue_line("markers", "docker: needs a Docker engine (deselect with -m 'not docker')")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask everything that asks for evidence of the recorded and of the live one."""
    if "evidence" in metafunc.fixturenames and not metafunc.config.getoption("evidence"):
        sources = [pytest.param(RECORDED), pytest.param(LIVE, marks=pytest.mark.docker)]
        metafunc.parametrize("evidence", sources, indirect=True, scope="session")


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say which frames come nearest when a pattern is not in a capture."""
    from scapy.packet import Packet

    from lab.capture import Capture, explain

    if op in ("in", "not in") and isinstance(left, Packet) and isinstance(right, Capture):
        return explain(left, right)
    return None


class Labs:
    """The labs of one test session: each topology comes up once, under a name of this session's own."""

    def __init__(self, client: Client, suffix: str, keep: bool) -> None:
        self._client = client
        self._suffix = suffix
        self._keep = keep
        self._entered: dict[str, Lab] = {}
        self._stack = ExitStack()

    def __call__(self, topology: str) -> Lab:
        """Return the running lab of a topology, by name or path."""
        if topology not in self._entered:
            found, _ = self._client.up(topology, f"{Path(topology).stem}-{self._suffix}")
            if not self._keep:
                self._stack.callback(self._client.down, found)
            self._entered[topology] = self._stack.enter_context(self._client.entered(found))
        return self._entered[topology]

    def close(self) -> None:
        """Leave all labs, and take them down."""
        self._stack.close()


@pytest.fixture(scope="session")
def labs(request: pytest.FixtureRequest) -> Iterator[Labs]:
    """Give the labs of this session: ``labs("home-lan")`` is a running one. Needs Docker; mark the test so."""
    from lab.client import Client
    from lab.progress import Nobody

    workers = getattr(request.config, "workerinput", {"workerid": "test"})
    labs = Labs(Client.connected(Nobody()), workers["workerid"], request.config.getoption("lab_keep"))
    try:
        yield labs
    finally:
        labs.close()


@pytest.fixture(scope="session")
def evidence(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tell:
    """Give the evidence of a story: ``evidence("dns")``, told once in a session, or recorded, or of one run."""
    folder = request.config.getoption("evidence")
    live = getattr(request, "param", None) == LIVE
    told: dict[str, Evidence] = {}

    def of(name: str) -> Evidence:
        if name not in told:
            scenario = _scenario(request.session, name)
            if live:
                kept = request.config.getoption("lab_pcap_dir")
                where = Path(kept) / name if kept else tmp_path_factory.mktemp(name)
                told[name] = _told(scenario, request.getfixturevalue("labs"), where)
            else:
                told[name] = _read(scenario, Path(folder) if folder else scenario.recorded)
        return told[name]

    return of


def _told(scenario: Scenario[Evidence], labs: Labs, folder: Path) -> Evidence:
    from lab.telling import tell

    tell(scenario, labs(scenario.topology_file), folder)
    return _read(scenario, folder)


def _read(scenario: Scenario[Evidence], folder: Path) -> Evidence:
    from lab.evidence import load

    return load(scenario.evidence, folder)


def _scenario(session: pytest.Session, name: str) -> Scenario[Evidence]:
    """Find a story beside one of the session's tests."""
    from lab.scenario import announced, find

    folders = sorted({item.path.parent for item in session.items})
    here = [folder for folder in folders if name in announced(folder)]
    return find(name, here[0] if here else folders[0])

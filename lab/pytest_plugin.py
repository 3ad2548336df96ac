"""The pytest plugin: running labs and the evidence of stories as fixtures, failures that name the nearest frames."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # what a session without labs need not import
    from lab.client import Client
    from lab.evidence import Told
    from lab.running import Lab
    from lab.scenario import Evidence, Scenario

LIVE, RECORDED = "live", "recorded"

Tell = Callable[[str], "Evidence"]

FOLDER: pytest.StashKey[Path] = pytest.StashKey()
LABS: pytest.StashKey[Labs] = pytest.StashKey()
ASKED: pytest.StashKey[dict[str, Path]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of labs."""
    group = parser.getgroup("wiretale", "labs and the evidence of their stories")
    group.addoption("--evidence", metavar="FOLDER", help="take all evidence from this folder of one run")
    group.addoption("--lab-keep", action="store_true", help="leave the labs of the tests up")
    group.addoption("--lab-pcap-dir", metavar="FOLDER", help="keep what the stories recorded here")
    group.addoption("--update-golden", action="store_true", help="write what the golden files should hold, anew")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks, and refuse evidence that is none."""
    if (folder := config.getoption("evidence")) and not Path(folder, "result.json").is_file():
        raise pytest.UsageError(f"--evidence={folder}: there is no result.json in it; a run leaves runs/SCENARIO/TIME")
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


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember what the labs had recorded before a test."""
    if labs := item.config.stash.get(LABS, None):
        labs.begin_test()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Save what a failed test recorded, and say where it is and where the evidence lies that it asked."""
    report = yield
    if report.when != "teardown" and report.failed:
        labs = item.config.stash.get(LABS, None)
        saved = labs.save_recordings(item) if labs else []
        asked = item.config.stash.get(ASKED, {}).items()
        lines = [f"recorded: {file}" for file in saved] + [f"evidence of {name}: {folder}" for name, folder in asked]
        if lines:
            report.sections.append(("what the frames say", "\n".join(lines)))
    return report


class Labs:
    """The labs of one test session: each topology comes up once, under a name of this session's own."""

    def __init__(self, client: Client, suffix: str, keep: bool) -> None:
        self._client = client
        self._suffix = suffix
        self._keep = keep
        self._entered: dict[Path, Lab] = {}
        self._recorded_before: dict[Path, int] = {}
        self._stack = ExitStack()

    def __call__(self, topology: str) -> Lab:
        """Return the running lab of a topology, by name or path."""
        from lab.topology.reading import find

        file = find(topology).resolve()
        if file not in self._entered:
            found, _ = self._client.up(str(file), f"{file.stem}-{self._suffix}-{len(self._entered)}")
            if not self._keep:
                self._stack.callback(self._client.down, found)
            self._entered[file] = self._stack.enter_context(self._client.entered(found))
        return self._entered[file]

    def begin_test(self) -> None:
        """Remember how much every lab has recorded."""
        self._recorded_before = {topology: len(lab.recorded) for topology, lab in self._entered.items()}

    def save_recordings(self, item: pytest.Item) -> list[Path]:
        """Save what was recorded since the test began, one file per window."""
        folder = item.config.stash[FOLDER] / item.name.replace("/", "_")
        files = []
        for topology, lab in self._entered.items():
            for number, capture in enumerate(lab.recorded[self._recorded_before.get(topology, 0) :], 1):
                folder.mkdir(parents=True, exist_ok=True)
                files.append(folder / f"{lab.instance.name}-{number}.pcapng")
                capture.save(files[-1])
        return files

    def close(self) -> None:
        """Leave all labs, and take them down."""
        self._stack.close()


@pytest.fixture(scope="session")
def captures_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder where this session keeps captures: as asked for, or a temporary one of pytest's."""
    asked_for = request.config.getoption("lab_pcap_dir")
    folder = Path(asked_for) if asked_for else tmp_path_factory.mktemp("captures")
    request.config.stash[FOLDER] = folder
    return folder


@pytest.fixture(scope="session")
def labs(request: pytest.FixtureRequest, captures_folder: Path) -> Iterator[Labs]:
    """Give the labs of this session: ``labs("home-lan")`` is a running one. Needs Docker; mark the test so."""
    from lab.client import Client
    from lab.progress import Nobody

    worker = getattr(request.config, "workerinput", {"workerid": "test"})["workerid"]
    suffix = f"{worker}-{os.getpid()}"  # several sessions may run at once
    labs = Labs(Client.connected(Nobody()), suffix, request.config.getoption("lab_keep"))
    request.config.stash[LABS] = labs
    try:
        yield labs
    finally:
        labs.close()


@pytest.fixture(scope="session")
def evidence(request: pytest.FixtureRequest, captures_folder: Path) -> Tell:
    """Give the evidence of a story: ``evidence("dns")``, told once in a session, or recorded, or of one run."""
    from lab.evidence import load

    given = request.config.getoption("evidence")
    live = getattr(request, "param", None) == LIVE
    asked = request.config.stash.setdefault(ASKED, {})
    had: dict[str, tuple[Path, Evidence]] = {}

    def of(name: str) -> Evidence:
        if name not in had:
            scenario = _scenario(request.session, name)
            folder = Path(given) if given else scenario.recorded
            if not (given or live or folder.is_dir()):
                pytest.skip(f"{name} has not been recorded; ./invoke run scenario={scenario.file} --record does it")
            if live:
                folder = _told(scenario, request.getfixturevalue("labs"), captures_folder)
            asked[name] = folder  # before it is loaded, which may fail
            had[name] = folder, load(scenario.evidence, folder)
        asked[name], evidence = had[name]
        return evidence

    return of


@pytest.fixture(scope="session")
def told(request: pytest.FixtureRequest, evidence: Tell) -> Callable[[str], tuple[Told, ...]]:
    """Give the acts of a story, of the same evidence: ``told("dns")``."""
    from lab.evidence import load_told

    def of(name: str) -> tuple[Told, ...]:
        evidence(name)
        return load_told(request.config.stash[ASKED][name])

    return of


@pytest.fixture(scope="session")
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Give what compares a text with a golden file, or writes that file: ``golden(path, text)``."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        golden = path.read_text(encoding="utf-8") if path.exists() else ""
        if text != golden:
            lines = unified_diff(golden.splitlines(), text.splitlines(), path.name, "what is there now", "", "", 1, "")
            pytest.fail("\n".join(lines), pytrace=False)

    return compare


def _told(scenario: Scenario[Evidence], labs: Labs, below: Path) -> Path:
    from lab.telling import tell

    folder = below / scenario.name
    tell(scenario, labs(scenario.topology_file), folder)
    return folder


def _scenario(session: pytest.Session, name: str) -> Scenario[Evidence]:
    """Find a story beside one of the session's tests."""
    from lab.scenario import announced, find

    folders = sorted({item.path.parent for item in session.items})
    here = [folder for folder in folders if name in announced(folder)]
    return find(name, here[0] if here else folders[0])

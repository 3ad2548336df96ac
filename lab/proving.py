"""Proving a story: the tests beside it are asked of the evidence in a folder, each with its verdict."""

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from lab.capture import noting
from lab.errors import Inconclusive, InputError
from lab.evidence import read_result, write_result
from lab.scenario import Evidence, Scenario

_UNUSED = ("terminal", "cacheprovider", "xdist", "xdist.looponfail", "hypothesispytest", "anyio", "unraisableexception")
"""Plugins that come with pytest and with packages of ours, cost time, and have no part in proofs.

The last one collects garbage five times at its end, which takes a second where proofs are asked in a large program.
"""


class Verdict(StrEnum):
    """What a proof came to."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    UNASKED = "unasked"
    """It needs something that is not installed here."""

    @property
    def mark(self) -> str:
        """The mark that stands before its sentence."""
        return {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.UNASKED: "–"}.get(self, "?")

    @property
    def is_bad(self) -> bool:
        """Whether a run with such a proof has not shown what it claims."""
        return self in (Verdict.FAILED, Verdict.INCONCLUSIVE)


@dataclass(frozen=True)
class Proof:
    """One test as a sentence, its verdict, why it is not passed, and the numbers of the frames that it rests on."""

    sentence: str
    verdict: Verdict
    why: str = ""
    frames: tuple[int, ...] = ()


def prove(scenario: Scenario[Evidence], folder: Path) -> tuple[Proof, ...]:
    """Ask all proofs of a scenario of the evidence in ``folder``, and write the verdicts into its result.json."""
    if not scenario.proofs.is_file():
        raise InputError(
            f"{scenario.file}: its proofs are missing; write them as tests in {scenario.proofs.name} beside it"
        )
    verdicts = _Verdicts()
    without = [word for name in _UNUSED for word in ("-p", f"no:{name}")]
    options = [*without, "-c", os.devnull, "--import-mode=importlib"]
    where = [f"--rootdir={scenario.proofs.parent}", f"--evidence={folder}", str(scenario.proofs)]
    with _read_anew(scenario.proofs.stem):
        code = pytest.main([*options, *where], plugins=[verdicts])
    if code is pytest.ExitCode.INTERRUPTED and not verdicts.trouble:  # it takes Ctrl-C for itself
        raise KeyboardInterrupt
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or not verdicts.proofs:
        raise InputError(
            f"{scenario.proofs}: its tests could not be run:\n{verdicts.trouble or f'pytest ended with {code}'}"
        )
    result = read_result(folder)
    write_result(folder, result | {"proofs": [asdict(proof) for proof in verdicts.proofs]})
    return tuple(verdicts.proofs)


@contextmanager
def _read_anew(module: str) -> Iterator[None]:
    """Have pytest read a file of proofs, whose name another one of this process may share: it keeps modules by name."""
    other = sys.modules.pop(module, None)
    try:
        yield
    finally:
        sys.modules.pop(module, None)
        if other:
            sys.modules[module] = other


class _Verdicts:
    """A pytest plugin that takes down the verdict of each test."""

    def __init__(self) -> None:
        self.proofs: list[Proof] = []
        self.trouble = ""
        self._rests_on: tuple[int, ...] = ()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a file could not be read."""
        if report.failed:
            self.trouble = str(report.longrepr)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Have the frames noted that a test's questions come upon."""
        with noting() as noted:
            try:
                return (yield)
            finally:
                self._rests_on = tuple(sorted(noted))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Take down a verdict when the test itself was called, or when what it needs could not be had."""
        if call.when == "call" or call.excinfo is not None:
            rests_on = self._rests_on if call.when == "call" else ()
            self.proofs.append(Proof(_sentence(item.name), _verdict(call), _why(call), rests_on))


def _sentence(test: str) -> str:
    return test.removeprefix("test_").split("[")[0].replace("_", " ")


def _verdict(call: pytest.CallInfo[None]) -> Verdict:
    if call.excinfo is None:
        return Verdict.PASSED
    if call.excinfo.errisinstance(pytest.skip.Exception):
        return Verdict.UNASKED
    return Verdict.INCONCLUSIVE if call.excinfo.errisinstance(Inconclusive) else Verdict.FAILED


def _why(call: pytest.CallInfo[None]) -> str:
    return "" if call.excinfo is None else str(call.excinfo.value) or call.excinfo.typename

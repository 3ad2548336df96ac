"""Proving a story: the tests beside it are asked of the evidence in a folder, each with its verdict."""

import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from lab.errors import Inconclusive, InputError
from lab.evidence import read_result, write_result
from lab.scenario import Evidence, Scenario


class Verdict(StrEnum):
    """What a proof came to."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Proof:
    """One test as a sentence, its verdict, and why it is not passed."""

    sentence: str
    verdict: Verdict
    why: str = ""


def prove(scenario: Scenario[Evidence], folder: Path) -> tuple[Proof, ...]:
    """Ask all proofs of a scenario of the evidence in ``folder``, and write the verdicts into its result.json."""
    if not scenario.proofs.is_file():
        raise InputError(
            f"{scenario.file}: its proofs are missing; write them as tests in {scenario.proofs.name} beside it"
        )
    verdicts = _Verdicts()
    options = ["-p", "no:terminal", "-p", "no:cacheprovider", "-c", os.devnull, "--import-mode=importlib"]
    where = [f"--rootdir={scenario.proofs.parent}", f"--evidence={folder}", str(scenario.proofs)]
    code = pytest.main([*options, *where], plugins=[verdicts])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or not verdicts.proofs:
        raise InputError(
            f"{scenario.proofs}: its tests could not be run:\n{verdicts.trouble or f'pytest ended with {code}'}"
        )
    result = read_result(folder)
    write_result(folder, result | {"proofs": [asdict(proof) for proof in verdicts.proofs]})
    return tuple(verdicts.proofs)


class _Verdicts:
    """A pytest plugin that takes down the verdict of each test."""

    def __init__(self) -> None:
        self.proofs: list[Proof] = []
        self.trouble = ""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a file could not be read."""
        if report.failed:
            self.trouble = str(report.longrepr)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Take down a verdict when the test itself was called, or when what it needs could not be had."""
        if call.when == "call" or call.excinfo is not None:
            self.proofs.append(Proof(_sentence(item.name), _verdict(call), _why(call)))


def _sentence(test: str) -> str:
    return test.removeprefix("test_").split("[")[0].replace("_", " ")


def _verdict(call: pytest.CallInfo[None]) -> Verdict:
    if call.excinfo is None:
        return Verdict.PASSED
    return Verdict.INCONCLUSIVE if call.excinfo.errisinstance(Inconclusive) else Verdict.FAILED


def _why(call: pytest.CallInfo[None]) -> str:
    return "" if call.excinfo is None else str(call.excinfo.value) or call.excinfo.typename

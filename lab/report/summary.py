"""The summary of a run for a page of a CI: in Markdown, with the verdict of every proof and the frames."""

from collections.abc import Iterator

from lab.harmless import harmless
from lab.proving import Proof, Verdict
from lab.report import mermaid
from lab.report.document import Report

_MARKS = {Verdict.PASSED: "✅", Verdict.FAILED: "❌", Verdict.INCONCLUSIVE: "❔", Verdict.UNASKED: "➖"}


def summary(report: Report) -> str:
    """Return the summary; it can be put behind another one."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"## {mermaid.plain(report.scenario)}: {report.verdict}\n"
    for proof in report.proofs:
        yield from _proof(proof)
    yield ""
    yield mermaid.text(report)


def _proof(proof: Proof) -> Iterator[str]:
    yield f"- {_MARKS[proof.verdict]} {mermaid.plain(proof.sentence)}"
    if proof.why:
        yield from (
            "",
            "  ```text",
            *(f"  {harmless(line).replace('`', chr(39))}" for line in proof.why.splitlines()),
            "  ```",
            "",
        )

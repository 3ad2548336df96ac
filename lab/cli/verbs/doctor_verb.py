"""The verb that asks the doctor: a table of all that labs need, with what helps; or the same for machines."""

import json as notation
from collections.abc import Sequence

from lab.cli import terminal
from lab.doctor.examination import examined
from lab.doctor.finding import Finding, State, worst
from lab.errors import EngineError
from lab.harmless import harmless

_STYLES = {State.OK: "green", State.NOTE: "yellow", State.TROUBLE: "bold red"}


def doctor(json: bool) -> int:
    """Show all findings; 3 when anything is in trouble."""
    findings = examined(terminal.listener())
    verdict = worst(findings)
    if json:
        terminal.say(as_json(findings))
    else:
        rows = [(it.state.value, it.subject, harmless(it.seen), harmless(it.remedy)) for it in findings]
        styles = [_STYLES[it.state] for it in findings]
        terminal.table(("state", "what", "seen", "what helps"), rows, styles)
        terminal.say(_sentence(findings))
    return EngineError.exit_code if verdict is State.TROUBLE else 0


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings for machines. Pure."""
    listed = [{"what": it.subject, "state": it.state.value, "seen": it.seen, "remedy": it.remedy} for it in findings]
    return notation.dumps({"state": worst(findings).value, "findings": listed}, indent=2, ensure_ascii=False)


def _sentence(findings: Sequence[Finding]) -> str:
    bad = [it.subject for it in findings if it.state is State.TROUBLE]
    if bad:
        return f"In trouble: {', '.join(bad)}. Begin with the first of them."
    return f"Nothing is in trouble; {len(findings)} things were looked at."

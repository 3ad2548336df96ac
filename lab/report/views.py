"""The views of a report: each a text that stands for itself, by the name of its format."""

from collections.abc import Callable, Mapping

from lab.errors import InputError
from lab.ladder import as_text, drawn
from lab.report import mermaid
from lab.report.document import Report
from lab.report.figure import figure
from lab.report.page import page, style
from lab.report.plain import as_json
from lab.topology.words import did_you_mean


def text(report: Report) -> str:
    """Return the ladder as text, as a file of a run holds it."""
    return as_text(drawn([act.drawn for act in report.acts], report.plan))


def svg(report: Report) -> str:
    """Return the ladder as SVG."""
    return figure(report, style())


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "html": page,
    "svg": svg,
    "mermaid": mermaid.text,
    "text": text,
    "json": as_json,
}


def view(report: Report, form: str) -> str:
    """Return a report in one of ``FORMATS``. Raises ``InputError`` for another one."""
    if form not in FORMATS:
        hint = did_you_mean(form, FORMATS) or f"there are {', '.join(FORMATS)}"
        raise InputError(f"'{form}' is no format; {hint}")
    return FORMATS[form](report)

"""The report of a run: its story, frames and proofs as one document, and the views of it that people look at."""

from lab.report.document import Report, read
from lab.report.summary import summary
from lab.report.views import FORMATS, view

__all__ = ["FORMATS", "Report", "read", "summary", "view"]

"""The ladder: which node sent what to which, frame by frame, in words that somebody new to packets can read."""

from lab.ladder.comments import commented, comments
from lab.ladder.drawing import as_text, drawn, ladder
from lab.ladder.normal import normalised
from lab.ladder.rows import Note, Row, Told, announcement, rows
from lab.ladder.styles import Line, Span, Style

__all__ = [
    "Line",
    "Note",
    "Row",
    "Span",
    "Style",
    "Told",
    "announcement",
    "as_text",
    "commented",
    "comments",
    "drawn",
    "ladder",
    "normalised",
    "rows",
]

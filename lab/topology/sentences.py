"""What pydantic finds wrong with a mapping, in plain sentences and with the place of each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lab.topology.model import KEY, Complaint
from lab.topology.words import did_you_mean

Path = tuple[str | int, ...]

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
}


def complaints(
    error: ValidationError, at: Path, model: type[BaseModel], also: Sequence[str] = ()
) -> Iterator[Complaint]:
    """Yield one complaint for each thing wrong with the mapping at ``at`` that should have become a ``model``.

    ``also`` names keys of the mapping that are no fields of the model.
    """
    known = (*also, *model.model_fields)
    for details in error.errors(include_url=False):
        yield _complaint(details, at, known)


def found(value: object) -> str:
    """Say what a value is: "the number 5", "a mapping", "'some text'"."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return f"'{value}'" if len(value) <= 60 else f"'{value[:57]}...'"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def _complaint(error: ErrorDetails, at: Path, known: Sequence[str]) -> Complaint:
    place: Path = (*at, *error["loc"])
    match error["type"]:
        case "missing":
            return Complaint((*place[:-1], KEY), f"key '{place[-1]}' is missing")
        case "extra_forbidden":
            near = did_you_mean(str(place[-1]), known) if len(error["loc"]) == 1 else ""
            return Complaint((*place, KEY), f"unknown key '{place[-1]}'", near)
        case "string_type":
            return Complaint(place, f"expected text, found {found(error['input'])}", _quotes(error["input"]))
        case kind if kind in _EXPECTED:
            return Complaint(place, f"expected {_EXPECTED[kind]}, found {found(error['input'])}")
        case "value_error":
            return Complaint(place, str(error["ctx"]["error"]))
        case _:
            return Complaint(place, error["msg"].replace("Input should be", "expected"))


def _quotes(value: Any) -> str:
    return "put it in quotes if you mean it" if isinstance(value, bool | int | float) else ""

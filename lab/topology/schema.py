"""The JSON Schema of topologies, for editors: made from the models and from the fields of the kinds."""

import json
from collections.abc import Mapping
from inspect import getdoc
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from lab.topology.building import NetworkOptions, Outline
from lab.topology.links import LinkOptions
from lab.topology.model import Node, System
from lab.topology.reading import FOLDER

FILE = FOLDER / "topology.schema.json"
"""Where the schema is kept; the first line of each topology names it."""

Schema = dict[str, Any]

_HOST_NUMBER = {"type": "integer", "minimum": 0, "description": "The place of the node's address in the subnet."}


def schema(kinds: Mapping[str, type[Node]]) -> Schema:
    """Return the schema (draft 2020-12) of topologies with these kinds of node."""
    outline = _plain(Outline)
    keys = outline["properties"]
    subnet = _plain(NetworkOptions)["properties"]["subnet"]
    keys["networks"] |= {"additionalProperties": {"anyOf": [subnet, _plain(NetworkOptions)]}, "minProperties": 1}
    keys["systems"] |= {"additionalProperties": {"anyOf": [{"type": "integer"}, _plain(System)]}}
    keys["nodes"] |= {"additionalProperties": _node(kinds), "minProperties": 1}
    definitions = {name: _kind(name, kinds[name]) for name in sorted(kinds)}
    link = {"anyOf": [_HOST_NUMBER, {"const": "dhcp"}, _plain(LinkOptions)]}
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**dialect, **outline, "title": "A Wiretale topology", "$defs": {"link": link, **definitions}}


def as_text(kinds: Mapping[str, type[Node]]) -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(kinds), indent=2, ensure_ascii=False) + "\n"


def write(kinds: Mapping[str, type[Node]], file: Path = FILE) -> None:
    """Write the schema's file anew."""
    file.write_text(as_text(kinds), encoding="utf-8")


def _node(kinds: Mapping[str, type[Node]]) -> Schema:
    """Return the schema of any node: its kind decides which keys it may have."""
    words = [{"const": name, "description": _summary(kinds[name])} for name in sorted(kinds)]
    rules = [
        {"if": {"properties": {"kind": {"const": name}}, "required": ["kind"]}, "then": {"$ref": f"#/$defs/{name}"}}
        for name in sorted(kinds)
    ]
    return {"type": "object", "properties": {"kind": {"oneOf": words}}, "required": ["kind", "links"], "allOf": rules}


def _kind(name: str, kind: type[Node]) -> Schema:
    own = _plain(kind)
    links = {"additionalProperties": {"$ref": "#/$defs/link"}, "minProperties": 1}
    own["properties"]["links"] |= links
    own["properties"] = {"kind": {"const": name}, **own["properties"]}
    return {**own, "description": _summary(kind)}


def _plain(model: type[BaseModel]) -> Schema:
    """Return a model's own schema, told as editors like it."""
    own = model.model_json_schema()
    plain: Schema = _tidy({key: part for key, part in own.items() if key != "$defs"}, own.get("$defs", {}))
    return plain


def _tidy(part: Any, models: Schema) -> Any:
    """Return a part of pydantic's schema without titles, which repeat the names, and with its hedges cut.

    An option that may be left out need not be offered as null, and a mapping's keys must all fit their pattern. A model
    within another one, which pydantic keeps elsewhere, stands where it is used.
    """
    match part:
        case list():
            return [_tidy(one, models) for one in part]
        case {"$ref": ref, **rest}:
            return _tidy({**models[ref.rpartition("/")[2]], **rest}, models)
        case {"anyOf": [one, {"type": "null"}], "default": None, **rest}:
            return _tidy({**one, **rest}, models)
        case {"anyOf": [*several, {"type": "null"}], "default": None, **rest}:
            return _tidy({**rest, "anyOf": several}, models)
        case {"patternProperties": patterns, **rest}:
            [(pattern, value)] = patterns.items()
            return _tidy({**rest, "propertyNames": {"pattern": pattern}, "additionalProperties": value}, models)
        case dict():
            titled = {key: one for key, one in part.items() if not (key == "title" and isinstance(one, str))}
            return {key: _tidy(one, models) for key, one in titled.items()}
        case _:
            return part


def _summary(kind: type[Node]) -> str:
    return (getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")

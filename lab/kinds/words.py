"""Words that kinds' options are made of: a pattern each, and a plain sentence about a text that does not fit."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError


@dataclass(frozen=True)
class Word:
    """Says, in ``Annotated[str, Word(...)]``, what the text must look like and what to call it in a message."""

    what: str
    pattern: str
    longest: int

    def checked(self, text: str) -> str:
        """Return ``text``; raises pydantic's error in plain words when it does not fit."""
        if len(text) > self.longest or not re.fullmatch(self.pattern, text):
            raise PydanticCustomError("word", "'{text}' is not {what}", {"text": text, "what": self.what})
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after pydantic has made sure that it is a text."""
        return AfterValidator(self.checked).__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Tell editors the same."""
        return {**handler(schema), "pattern": f"^({self.pattern})$", "maxLength": self.longest}


_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_SEGMENT = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*"

ZoneName = Annotated[str, Word("a domain name in lower case, such as 'python.org'", _DOMAIN, 253)]
"""A domain name without its last dot, RFC 1123 section 2.1."""

RecordName = Annotated[str, Word("a name in its zone, such as 'www', or '@' for the zone itself", f"@|{_DOMAIN}", 253)]
"""A name relative to its zone, RFC 1035 section 5.1."""

PagePath = Annotated[str, Word("a path such as '/' or '/news.html'", f"/({_SEGMENT}/)*({_SEGMENT})?", 200)]
"""The path of a page: segments of unreserved characters, RFC 3986 section 2.3, none of which starts with a dot."""

Phrase = Annotated[str, Word("1 to 63 letters, digits, spaces, dots and hyphens", r"[A-Za-z0-9][A-Za-z0-9 .-]*", 63)]
"""What people call a thing, short enough for the instance name of a service, RFC 6763 section 4.1.1."""

"""Daemon configuration from the templates beside this file; a name that a template does not get is an error."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def rendered(template: str, **values: object) -> str:
    """Return the text of ``templates/<template>.j2`` with ``values`` filled in. Raises jinja2's ``UndefinedError``."""
    return _templates().get_template(f"{template}.j2").render(**values)


@cache
def _templates() -> "Environment":
    # Imported here, because whoever only wants to know the kinds should not wait for it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # Nothing is escaped: the values are names that the model has checked, and the texts are not HTML.
    return Environment(
        loader=PackageLoader("lab.kinds"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

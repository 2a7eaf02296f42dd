"""JMESPath expressions as the files of `mappings/registries/` use them, with two functions that JMESPath lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jmespath
import jmespath.exceptions
import jmespath.functions

from model_logs.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compiled"]


class _Functions(jmespath.functions.Functions):  # type: ignore[misc] # no types are published
    """The functions of JMESPath, and ours; the library finds them by their names."""

    @jmespath.functions.signature({"types": ["string", "null"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_split(self, text: str | None, between: str) -> list[str]:
        """Return the parts of a text: `split(name, '/')`; none of null."""
        return text.split(between) if text and between else [text] if text else []

    @jmespath.functions.signature({"types": ["string", "null"]})  # type: ignore[untyped-decorator]
    def _func_lower(self, text: str | None) -> str | None:
        """Return a text in small letters."""
        return text.lower() if text is not None else None


_OPTIONS = jmespath.Options(custom_functions=_Functions())


def compiled(text: str, where: str) -> Callable[[Any], Any]:
    """Return an expression as a function of a document; it returns None where the document does not fit.

    Args:
        text: The expression.
        where: What it is, for the error.

    Raises:
        AssetError: It is no JMESPath.
    """
    try:
        parsed = jmespath.compile(text)
    except jmespath.exceptions.JMESPathError as error:
        first = str(error).partition("\n")[0]
        raise AssetError(
            f"{where}: {text!r} is no JMESPath: {first}",
            next_step="Correct the expression (https://jmespath.org); put a literal text into single quotes.",
        ) from error

    def search(document: Any) -> Any:
        try:
            return parsed.search(document, options=_OPTIONS)
        except (jmespath.exceptions.JMESPathError, RecursionError):
            # A number where the documentation says text: the field is left out, or the record fits nothing.
            return None

    try:
        parsed.search({}, options=_OPTIONS)
    except jmespath.exceptions.UnknownFunctionError as error:
        next_step = "Beside the functions of JMESPath there are split and lower."
        raise AssetError(f"{where}: {error}.", next_step=next_step) from error
    except jmespath.exceptions.JMESPathError:
        # An empty document need not fit.
        return search
    return search

"""What our HTML pages have in common: their templates, the style sheet, the colours, and breaks within long words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_logs.dashboards.charts.theme import SCHEMES, css
from model_logs.dashboards.report import format_moment

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["breakable", "render_page"]

_HERE = Path(__file__).parent
_STYLE = "page.css"
# A word may be broken behind these, and a longer one without any of them wherever it must.
_JOINTS = re.compile(r"(?<=[-_/@:|])(?=[^-_/@:|\s])|(?<=\.)(?=[^\d\s.])")
_LONGEST = 28


def render_page(template: str, values: dict[str, Any], *, beside: Path | None = None) -> str:
    """Return a page: one text with its style in it, which refers to nothing outside.

    Args:
        template: The name of its template, which extends `base.html.j2`.
        values: What it shows; all of it is escaped.
        beside: The folder of the template and of a `page.css` that is added to ours, where it is not this package's.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folders = [_HERE, *([beside] if beside else [])]
    environment = Environment(
        loader=FileSystemLoader(folders[::-1]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    return environment.get_template(template).render(
        written=format_moment(datetime.now(UTC)),
        style="\n".join((folder / _STYLE).read_text(encoding="utf-8") for folder in folders),
        colours={scheme: css(scheme) for scheme in SCHEMES},
        **values,
    )


def breakable(text: str) -> Markup:
    """Return the text as HTML that breaks behind the joints of a word; a copy of it stays the same."""
    from markupsafe import Markup, escape

    pieces = [piece for word in _JOINTS.split(text) for piece in _cut(word)]
    return Markup("<wbr>").join(escape(piece) for piece in pieces)


def _cut(word: str) -> list[str]:
    """Return a word in pieces that a narrow column can hold; blanks in it are joints of their own."""
    if max(map(len, word.split()), default=0) <= _LONGEST:
        return [word]
    return [word[at : at + _LONGEST] for at in range(0, len(word), _LONGEST)]

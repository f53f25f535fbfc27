"""Render sentences and pages from templates, so that wording is separate from computation."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lockin_sim.common import formats as wording
from lockin_sim.common.findings import RANGES, define_clear

if TYPE_CHECKING:
    from jinja2 import Environment

#: Filters of templates, functions of :mod:`lockin_sim.common.formats`.
FILTERS = (
    *("count", "counted", "listed", "located", "number"),
    *("opening", "percent", "quoted", "spoken", "within"),
)


@cache
def build_environment(*, html: bool) -> Environment:
    """Build the Jinja environment of the folder ``templates``; HTML templates escape all values."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=html,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {name: getattr(wording, name) for name in FILTERS}
    templates.globals |= {"ranges": RANGES, "clear_means": define_clear}
    return templates


def render_page(template: str, /, **content: Any) -> str:
    """Render a self-contained HTML page from its template, with the report's CSS and JavaScript."""
    folder = files(__package__) / "templates"
    texts = {name: (folder / f"report.{name}").read_text(encoding="utf-8") for name in ("css", "js")}
    return build_environment(html=True).get_template(f"{template}.html.jinja").render(**texts, **content)


def render_element(macro: str, /, **content: Any) -> str:
    """Render part of a page: 'app.key' is the macro ``key`` of ``app.html.jinja``."""
    file, _, name = macro.partition(".")
    return str(
        getattr(build_environment(html=True).get_template(f"{file}.html.jinja").module, name)(**content)
    )


def render_sentence(sentence: str, /, **facts: Any) -> str:
    """Render a sentence in one line: "explain.users" is the macro ``users`` of ``explain.txt.jinja``.

    facts  arguments of the macro by name
    """
    file, _, macro = sentence.partition(".")
    template = build_environment(html=False).get_template(f"{file}.txt.jinja")
    text = str(getattr(template.module, macro)(**facts))
    return re.sub(r"[ \n]+", " ", text).strip()  # keeps no-break spaces between numbers and units


def render_bundled_answer() -> str:
    """Render the bundled results of ``lockin lead``: what loans win and what is left of the gain."""
    text = (files("lockin_sim") / "data" / "answer.md").read_text(encoding="utf-8")
    return render_sentence("lead.bundled", said=re.findall(r"^\d\. (.*(?:\n {3}.*)*)", text, re.MULTILINE))

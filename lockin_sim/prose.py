"""Sentences and pages by template, so that what is said stands apart from what is computed."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from lockin_sim.wording import joined, listed, located, number, opening, quoted, signed, spoken

if TYPE_CHECKING:
    from jinja2 import Environment

#: What templates may do with a value.
FILTERS = (joined, listed, located, number, opening, quoted, signed, spoken)


@cache
def environment(*, html: bool) -> Environment:
    """The templates of the folder ``templates``; in those of HTML everything is escaped that is put in."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("lockin_sim", "templates"),
        autoescape=html,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {each.__name__: each for each in FILTERS}
    return made


def say(sentence: str, /, **facts: object) -> str:
    """Return a sentence in one line.

    Parameters
    ----------
    sentence
        File and macro: ``"explain.users"`` is the macro ``users`` of ``explain.txt.jinja``.
    facts
        Arguments of the macro by name, texts and numbers that it puts together.
    """
    file, _, macro = sentence.partition(".")
    template = environment(html=False).get_template(f"{file}.txt.jinja")
    text = str(getattr(template.module, macro)(**facts))
    return re.sub(r"[ \n]+", " ", text).strip()  # other spaces keep a number and its unit together

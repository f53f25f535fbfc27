"""What the documentation site needs beside Sphinx: our docstrings, declared tables, links, and formulas.

Nothing is fetched by a reader's browser: formulas are MathML, and the script that filters tables is ours.
"""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path
from typing import Any

import typer
from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from rich.table import Table
from site_docstrings import fields, meanings
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from lockin_sim.cli import app as command_line
from lockin_sim.common.formats import meaning_of
from lockin_sim.studies.printing import TOPICS

ROOT = Path(__file__).resolve().parents[1]
_LINK = re.compile(r"\[([^\[\]]*)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")
_CODE = re.compile(r"(^```.*?^```$|`[^`\n]*`)", re.DOTALL | re.MULTILINE)
_MERMAID = re.compile(r"^```mermaid\n.*?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register everything with Sphinx."""
    app.connect("autodoc-process-docstring", as_napoleon_reads_it, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", with_fields)
    app.connect("autodoc-skip-member", says_nothing)
    app.connect("source-read", as_page)
    app.add_directive("declared", Declared)
    app.add_directive("country-pages", CountryPages)
    app.add_config_value("country_pages", "", "env", str)
    app.connect("config-inited", with_country_pages, priority=700)  # before extra files are checked
    app.add_html_math_renderer("mathml", (_inline_math, None), (_display_math, None))
    app.add_css_file("site.css")
    app.add_js_file("site.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


# --- docstrings ----------------------------------------------------------------------------------------


def as_napoleon_reads_it(_: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Put a meaning that follows ``name : `` on its own line, lest napoleon take it for a type."""
    if any(line.startswith("----") for line in lines):
        lines[:] = meanings("\n".join(lines)).splitlines()


def with_fields(_: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Change the lines of a docstring in place, but for one in numpydoc style, whose sections are known."""
    if "\n    ---" in (getattr(thing, "__doc__", None) or ""):
        return
    if what in ("class", "exception", "function", "method", "property"):
        is_class = inspect.isclass(thing)
        lines[:] = fields("\n".join(lines), arguments_of(thing), attributes=is_class)


def says_nothing(_: Sphinx, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Whether a member is left out: a field of a named tuple, which its class explains."""
    return True if (getattr(thing, "__doc__", None) or "").startswith("Alias for field number") else None


def arguments_of(thing: Any) -> set[str]:
    """Names of the arguments of a function, or of those that make an object of a class."""
    try:
        return set(inspect.signature(thing).parameters)
    except (TypeError, ValueError):  # a property, or something made in C
        return set()


# --- tables --------------------------------------------------------------------------------------------


def commands() -> list[Table]:
    """Every command of ``lockin`` with its arguments and options, as ``--help`` tells them."""
    table = Table("command", "argument or option", "meaning")
    group = typer.main.get_command(command_line)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        table.add_row(name, "", command.help)
        context = typer.Context(command, info_name=name)
        shown = (each for each in command.get_params(context) if each.name != "help")
        for record in filter(None, (each.get_help_record(context) for each in shown)):
            table.add_row("", *record)
    return [table]


def figures() -> list[Table]:
    """Every figure, what it draws, and what it shows."""
    from lockin_sim.pages.plots import FIGURES

    table = Table("figure", "draws", "what it shows")
    for name, one in FIGURES.items():
        table.add_row(name, one.of, meaning_of(one.draw).splitlines()[0])
    return [table]


#: Tables of the site alone, by name.
OWN = {"commands": commands, "figures": figures}


class Declared(SphinxDirective):
    """Tables of what the model declares of itself, as ``lockin describe`` shows them; made at each build."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The tables, several with their titles; a single one has that of its page."""
        topic = self.arguments[0]
        tables = OWN[topic]() if topic in OWN else TOPICS[topic](None)
        return [titled(table) for table in tables] if len(tables) > 1 else [as_nodes(tables[0])]


def titled(table: Table) -> nodes.section:
    """A table in a section of its own."""
    title = str(table.title)
    section = nodes.section(ids=[nodes.make_id(title)], names=[nodes.fully_normalize_name(title)])
    section += nodes.title(title, title)
    section += as_nodes(table)
    return section


def as_nodes(table: Table) -> nodes.table:
    """A table of the terminal as a table of the site, which its readers can filter."""
    heads = [str(column.header) for column in table.columns]
    group = nodes.tgroup(cols=len(heads))
    group += [nodes.colspec(colwidth=1) for _ in heads]
    group += nodes.thead("", _row(heads, names=False))
    cells = zip(*(column.cells for column in table.columns), strict=True)
    group += nodes.tbody("", *(_row([str(cell) for cell in row], names=True) for row in cells))
    return nodes.table("", group, classes=["filterable"])


def _row(cells: list[str], *, names: bool) -> nodes.row:
    """Cells; the first is the name that code uses, and can be linked to."""
    row = nodes.row()
    for place, text in enumerate(cells):
        is_name = names and place == 0 and re.fullmatch(r"[\w<>:]+", text) is not None
        word = nodes.literal(text, text) if is_name else nodes.Text(text)
        row += nodes.entry("", nodes.paragraph("", "", word))
    return row


# --- the page of each economy --------------------------------------------------------------------------

#: The page that leads to them, as the site has it.
COUNTRIES = "countries/index.html"


def with_country_pages(app: Sphinx, config: Any) -> None:
    """Copy the pages onto the site, where they have been made."""
    if (Path(config.country_pages) / COUNTRIES).exists():
        config.html_extra_path = [*config.html_extra_path, config.country_pages]


class CountryPages(SphinxDirective):
    """The way to the pages, with the words of the directive; how to make them, where that was not done."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """One paragraph."""
        words = " ".join(self.content)
        if not (Path(self.config.country_pages) / COUNTRIES).exists():
            return [nodes.paragraph("", "", nodes.Text(f"{words}: "), nodes.literal("", "make docs"))]
        to = os.path.relpath(COUNTRIES, Path(self.env.docname).parent)
        return [nodes.paragraph("", "", nodes.reference("", words, refuri=Path(to).as_posix()))]


# --- pages ---------------------------------------------------------------------------------------------


def as_page(app: Sphinx, name: str, source: list[str]) -> None:
    """Links to folders lead to their page or become words; a flow chart becomes a line of arrows."""
    folder = (ROOT / name).parent
    if (ROOT / f"{name}.md").exists():
        text = _MERMAID.sub(lambda found: arrows(found[1]), source[0])
        parts = _CODE.split(text)  # every other part is code and stays
        parts[::2] = [_LINK.sub(lambda found: _led(found, folder), part) for part in parts[::2]]
        source[0] = "".join(parts)


def _led(found: re.Match[str], folder: Path) -> str:
    """A link as the site can follow it."""
    words, path, anchor = found[1], found[2], found[3] or ""
    target = (folder / path).resolve()
    if not target.is_dir():
        return found[0]
    page = next((target / each for each in ("README.md", "index.md") if (target / each).exists()), None)
    return words if page is None else f"[{words}]({os.path.relpath(page, folder)}{anchor})"


def arrows(chart: str) -> str:
    """A chart that is one path, as words with arrows between them."""
    lines = [line.strip() for line in chart.splitlines()]
    path = " → ".join(lines[0].split(" --> "))
    found = (re.fullmatch(r"(\w+) -\. (.*) \.-> (\w+)", line) for line in lines[1:])
    again = [f"{match[3]} ({match[2]})" for match in found if match]
    return f"> {' → '.join([path, *again])}\n"


# --- formulas ------------------------------------------------------------------------------------------


def mathml(text: str, *, block: bool = False) -> str:
    """A formula of LaTeX as MathML; docutils knows ``\\bigl(`` and ``\\bigr)``, not ``\\big``."""
    text = re.sub(r"\\([bB]ig)(?=[(\[])", r"\\\1l", text)
    return str(tex2mathml(re.sub(r"\\([bB]ig)(?=[)\]])", r"\\\1r", text), as_block=block))


def _inline_math(self: Any, node: nodes.math) -> None:
    """A formula in a line, as MathML."""
    self.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def _display_math(self: Any, node: nodes.math_block) -> None:
    """A formula with its number at the right."""
    text = node.astext().strip()
    number = re.search(r"\s*(?:\\tag\{(.*?)\}|\(([A-Z]\d+(?:, [A-Z]\d+)*)\))\s*$", text)
    formula = mathml(text[: number.start()] if number else text, block=True)
    label = f"<span>({number[1] or number[2]})</span>" if number else ""
    self.body.append(f'<div class="formula">{formula}{label}</div>\n')
    raise nodes.SkipNode

"""Read the rules: equations, arguments and sources from their docstrings, as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import NamedTuple

from lockin_sim.rules import (
    adoption,
    choice,
    contracts,
    diffusion,
    finance,
    pricing,
    restriction,
    users,
    utility,
    voting,
)

#: Modules of rules in the order in which a year uses them.
MODULES = (pricing, contracts, finance, voting, restriction, utility, choice, users, adoption, diffusion)

_LABEL = r"\(([A-Z]\d+(?:, [A-Z]\d+)*)\)"
_ARGUMENT = re.compile(r"^(?!Returns )(\w+(?:, \w+)*) +(?= |\(\.\.\.)(.*)$")

#: Axes of an array before what it means, which the reference of the rules has.
_AXES = re.compile(r"^((?:Returns )?)\([^()]*(?:,|\.\.\.)[^()]*\)[,:.]? *")


class Block(NamedTuple):
    """A piece of a docstring: ``kind`` is text, math or arguments."""

    kind: str
    lines: list[str]


class Rule(NamedTuple):
    """A documented rule; ``labels`` are the numbers of its equations."""

    name: str
    labels: tuple[str, ...]
    summary: str
    blocks: list[Block]


def rules_of(module: ModuleType) -> Iterator[Rule]:
    """Public functions of a module in the order of its source."""
    functions = [
        f
        for name, f in inspect.getmembers(module, inspect.isfunction)
        if f.__module__ == module.__name__ and not name.startswith("_")
    ]
    for function in sorted(functions, key=lambda f: f.__code__.co_firstlineno):
        yield rule(function.__name__, inspect.getdoc(function) or "")


def rule(name: str, doc: str) -> Rule:
    """One rule from its docstring; a plain conversion has no equation number such as (P1)."""
    blocks = [_block(text.split("\n")) for text in re.split(r"\n\s*\n", doc)]
    maths = [b for b in blocks if b.kind == "math"]
    places = [line for b in maths for line in b.lines[-1:]] or [" ".join(blocks[0].lines)]
    labels = [m for text in places for m in re.findall(_LABEL, text)[-1:]]
    numbers = tuple(n for label in labels for n in label.split(", "))
    summary = text_of(blocks[0].lines)
    if not maths:
        summary = re.sub(rf"\s*{_LABEL}", "", summary, count=1)
    return Rule(name, numbers, summary, blocks[1:])


def _block(lines: list[str]) -> Block:
    """A paragraph of a docstring: a formula, arguments or text."""
    if lines[0].startswith(".. math::"):
        return Block("math", [" ".join(line.strip() for line in lines).removeprefix(".. math::").strip()])
    if any(_ARGUMENT.match(line) for line in lines):
        return Block("arguments", lines)
    return Block("text", lines)


def text_of(lines: list[str]) -> str:
    """Lines of reStructuredText as one paragraph of Markdown."""
    text = " ".join(" ".join(lines).split())
    text = re.sub(r":math:`([^`]*)`", r"$\1$", text)
    text = re.sub(r":\w+:`~?([^`]*)`", lambda m: f"`{m[1].rsplit('.', 1)[-1]}`", text)
    return text.replace("``", "`")


def _arguments(lines: list[str]) -> Iterator[str]:
    """Bullets for the arguments, paragraphs for what follows them."""
    entries: list[tuple[str, list[str]]] = []
    for line in lines:
        match = _ARGUMENT.match(line)
        if match:
            names = ", ".join(f"`{name}`" for name in match[1].split(", "))
            entries.append((names, [match[2].strip()]))
        elif entries and (line.startswith(" ") or not (entries[-1][0] or line[:7] == "Source:")):
            entries[-1][1].append(line)
        else:
            entries.append(("", [line]))
    for names, said in entries:
        text = _meaning(text_of(said))
        if text:
            yield f"- {names}: {text}" if names else f"\n{text}"


def _meaning(text: str) -> str:
    """What an argument or a result means, without its axes; nothing if these are all that is said."""
    meaning = _AXES.sub(r"\1", text)
    return meaning if meaning.removeprefix("Returns ") else ""


def equation(block: Block) -> str:
    """A display equation with its number."""
    body, label = re.fullmatch(rf"(.*?)\s*{_LABEL}", block.lines[0], re.DOTALL).groups()  # type: ignore[union-attr]
    return f"```math\n{body} \\tag{{{label}}}\n```"


def markdown(found: Rule) -> str:
    """One rule: number, name, summary, equation, arguments, source."""
    number = f"**{', '.join(found.labels)}** " if found.labels else ""
    parts = [f"{number}`{found.name}`: {found.summary}"]
    for block in found.blocks:
        if block.kind == "math":
            parts.append(equation(block))
        elif block.kind == "arguments":
            parts.append("\n".join(_arguments(block.lines)))
        else:
            parts.append(_meaning(text_of(block.lines)))
    return "\n\n".join(filter(None, parts))


def section(module: ModuleType) -> str:
    """All rules of a module under its title; equations of the module itself come first."""
    short = module.__name__.rsplit(".", 1)[-1]
    head, *rest = re.split(r"\n\s*\n", inspect.getdoc(module) or "")
    parts = [f"#### `rules.{short}`: {text_of([head])}"]
    for text in rest:
        block = _block(text.split("\n"))
        parts.append(equation(block) if block.kind == "math" else text_of(block.lines))
    return "\n\n".join([*parts, *(markdown(r) for r in rules_of(module))])


def numbers() -> list[str]:
    """Every equation number as often as it is given."""
    found = [label for module in MODULES for r in rules_of(module) for label in r.labels]
    for module in MODULES:
        maths = re.findall(rf"\.\. math::[^\n]*{_LABEL}", inspect.getdoc(module) or "")
        found += [n for label in maths for n in label.split(", ")]
    return found


def docstrings(functions: list[Callable[..., object]]) -> str:
    """Bullets of functions and what their docstrings say, without arguments."""
    lines = []
    for function in functions:
        blocks = [_block(t.split("\n")) for t in re.split(r"\n\s*\n", inspect.getdoc(function) or "")]
        text = " ".join(text_of(b.lines) for b in blocks if b.kind == "text")
        sources = [
            line for b in blocks for line in b.lines if b.kind == "arguments" and line[:7] == "Source:"
        ]
        lines.append(f"- `{function.__name__}`: {' '.join([text, *sources])}")
    return "\n".join(lines)

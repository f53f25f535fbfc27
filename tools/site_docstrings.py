"""Docstrings in the style of the house as the fields that Sphinx knows: arguments, returns, raises.

In the source an argument is a line ``name  meaning`` and "Returns" and "Raises" begin a sentence, which is
what a reader of the code wants to see.  Here the same text becomes ``:param name: meaning`` and so on, as
napoleon does with other styles.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_NAMES = r"\*{0,2}\w+(?:, \*{0,2}\w+)*"
#: One or several arguments: two spaces or more, or the shape of an array, stand before the meaning.
_ARGUMENT = re.compile(rf"^({_NAMES})(?: {{2,}}| (?=\(\.\.\.))(\S.*)$")
#: A further argument on the line of another one.
_BESIDE = re.compile(rf";? {{2,}}(?={_NAMES} {{2,}}\S)")
#: A variable or a choice in a list of them.
_ITEM = re.compile(r"^(``[^`]+``(?:, ``[^`]+``)*) {2,}(\S.*)$")
_RETURNS = re.compile(r"^(Returns|Yields) ")
_RAISES = re.compile(r"(?:^|(?<=\. )|(?<=\.  ))Raises (?::class:`~?)?([\w.]+)`?,? ?")


def fields(doc: str, known: Collection[str], *, attributes: bool = False) -> list[str]:
    """Lines of a docstring with its arguments, results and errors as a list of fields at the end.

    doc    the docstring, without indentation
    known  names of the arguments
    attributes  whether other names are attributes, as in a class; else a line that begins with one is text
    """
    text: list[str] = []
    arguments: list[tuple[str, list[str]]] = []
    closing: list[list[str]] = []
    into = text
    for line in doc.splitlines():
        if found := _arguments(line, None if attributes else known):
            arguments += [(names, [meaning]) for names, meaning in found]
            into = arguments[-1][1]
        elif _RETURNS.match(line) or line.startswith("Raises "):
            closing.append([line])
            into = closing[-1]
        elif into is text:
            text.append(line)
        elif line.startswith(" ") or (line.strip() and into in closing):
            into.append(line.strip())
        else:
            if into in closing and into[-1].endswith(":"):  # what is returned is listed below
                text += closing.pop()
            into = text
            text.append(line)
    told = [field for names, meaning in arguments for field in _explained(names, meaning, known)]
    return [*_listed(text), "", *told, *(field for lines in closing for field in _closed(" ".join(lines)))]


#: A parameter of a docstring in numpydoc style whose meaning stands on its line: it is long, ends as a
#: sentence does, or continues with a small letter, as no type does.
_MEANT = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*) : (.*\.|.{60,}|.*(?=\n    [^A-Z\s]))$", re.MULTILINE)


def meanings(doc: str) -> str:
    """The docstring with every meaning on a line below its parameter."""
    return _MEANT.sub(r"\1\n    \2", doc)


def _listed(text: Iterable[str]) -> list[str]:
    """The text with what is listed in it, a name and its meaning on a line, as points."""
    lines, within = [], False
    for line in text:
        item = _ITEM.match(line)
        within = item is not None or (within and line.startswith(" "))
        lines.append(f"* {item[1]}: {item[2]}" if item else f"  {line.strip()}" if within else line)
    return lines


def _arguments(line: str, known: Collection[str] | None) -> list[tuple[str, str]]:
    """Names and meaning of the arguments that a line is about; none if it is text."""
    found = []
    for part in _BESIDE.split(line):
        match = _ARGUMENT.match(part)
        if match is None or (known is not None and not set(_bare(match[1])) <= set(known)):
            return []
        found.append((match[1], match[2]))
    return found


def _bare(names: str) -> list[str]:
    """Names without the asterisks of a signature."""
    return [name.strip("* ") for name in names.split(",")]


def _explained(names: str, meaning: Iterable[str], known: Collection[str]) -> list[str]:
    """A field for each name, whose meaning they share; what is no argument is an attribute."""
    text = " ".join(meaning)
    return [f":{'param' if name in known else 'ivar'} {name}: {text}" for name in _bare(names)]


def _closed(sentence: str) -> list[str]:
    """What is returned and what is raised, from a paragraph that says both or one."""
    first, *rest = _RAISES.split(sentence)
    made = [f":returns: {_RETURNS.sub('', first).strip()}"] if first.strip() else []
    return made + [f":raises {name}: {why.strip()}" for name, why in zip(rest[::2], rest[1::2], strict=True)]

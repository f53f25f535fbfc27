"""A page as a reader gets it: elements, texts, and whether its tags nest."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from lockin_sim.pages.report import Comparison

VOID = {"meta", "link", "img", "br", "hr"}

#: What the comparison of these tests is about, and its last year.
HEADLINE, LAST = "dependence[Africa,CHN,mobile_network]", 2036


@dataclass
class Element:
    """One element with all that is in it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def all(self, *tags):
        """Elements of these tags anywhere inside, in order; of any tag if none is given."""
        inside = [child for child in self.children if isinstance(child, Element)]
        return [
            e
            for child in inside
            for e in ([child] if not tags or child.tag in tags else []) + child.all(*tags)
        ]

    def one(self, tag):
        """The only element of a tag inside."""
        (found,) = self.all(tag)
        return found

    def by_id(self, name):
        """The only element with an id."""
        (found,) = [e for e in self.all() if e.attributes.get("id") == name]
        return found

    @property
    def text(self):
        """All text inside, white space as it is shown."""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split())


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = [Element("page", {})]

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)

    def whole(self):
        assert [e.tag for e in self.open] == ["page"], "not every element is closed"
        return self


def read(html):
    """The page as a tree.  Fails where tags do not nest."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.whole().open[0]


def plain(text):
    """With ordinary spaces and minus signs."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ").replace("−", "-")


def first_cells(tree, section):
    """Cells of a section's first table by row head; each in parts: number, interval."""
    table = tree.by_id(section).all("table")[0]
    return {
        row.one("th").text: [re.split(r"\s(?=[-+]?\d[\d.]* to )", plain(td.text)) for td in row.all("td")]
        for row in table.one("tbody").all("tr")
    }


def near(text, exact):
    """Whether a number as it is written, perhaps starred, is that of a dataset."""
    bare = plain(text).strip("*")
    return abs(float(bare) - exact) <= 0.51 * 10.0 ** -len(bare.partition(".")[2])


def set_numbers(study, mean, low, high, **at):
    """Put an effect in the place of another, its intervals and the signs of its runs with it."""
    above = 1.0 if low > 0 else 0.0 if high < 0 else 0.5
    ends = {"low": low, "high": high, "q05": low, "q95": high, "above": above, "below": 1 - above}
    for name, value in {"effect": mean, **{f"effect_{end}": value for end, value in ends.items()}}.items():
        study[name].loc[at] = value


def without_figures(studies):
    """A comparison none of whose figures can be drawn: they take long."""
    made = Comparison(studies)
    made.figures = dict
    return made

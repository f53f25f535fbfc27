"""Does a reader meet names, and never the identifiers of the code?"""

import re

import pytest
from matplotlib.text import Text
from reader import read

import lockin_sim as ls
from lockin_sim.levers import LEVERS
from lockin_sim.policies import scenarios
from lockin_sim.studies.outcomes import outcomes
from lockin_sim.world.names import TABLES, name_of

#: What identifiers look like: words joined by underscores, codes of groups and targets, the family's code.
IDENTIFIER = re.compile(r"\b\w*[a-z0-9]_\w+|\b\w+:[a-z]\w*|\bcn2035\b|\bISO_IEC\b")

#: Phrases that were said of intervals, and are no English.
UNNATURAL = (
    "told from zero",
    "holds zero",
    "hold it",
    "as far as can be",
    "distinguishabl",
    "locked in most to",
)


def shown(figure):
    """Every visible text of a figure."""
    found = figure.findobj(Text)  # type: ignore[attr-defined]
    return [text.get_text() for text in found if text.get_visible() and text.get_text()]


@pytest.fixture(scope="module")
def drawn(every_figure):
    """Texts of every figure of the comparison."""
    return {name: shown(figure) for name, figure in every_figure.items()}


def test_no_figure_shows_an_identifier(drawn):
    assert len(drawn) >= 14
    found = {name: [t for t in texts if IDENTIFIER.search(t)] for name, texts in drawn.items()}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_the_page_shows_identifiers_only_where_it_says_how_to_make_it_again(whole_page):
    tree = read(whole_page)
    tree.by_id("reproduce").children.clear()
    words = " ".join(_texts(tree, skip=("style", "script", "pre", "code")))
    assert "EU coordinated stance" in words
    found = set(IDENTIFIER.findall(words)) - {"lockin_sim"}
    assert found == set()


def test_sentences_are_natural(whole_page, drawn):
    words = " ".join(
        [
            *_texts(read(whole_page), skip=("style", "script")),
            *(text for texts in drawn.values() for text in texts),
        ]
    )
    words = " ".join(words.split())
    assert [phrase for phrase in UNNATURAL if phrase in words] == []


def test_everything_shown_has_a_title():
    world = ls.load_world()
    stories = [ls.load_scenario(name) for name in scenarios()]
    words = [" ".join((story.question, story.source, story.decides)) for story in stories]
    assert [text for text in words if IDENTIFIER.search(text)] == []
    titles = [story.title for story in stories]
    titles += [lever.title for lever in LEVERS.values()]
    titles += [each.title for lever in LEVERS.values() for each in lever.settings.values()]
    titles += [outcome.label for outcome in outcomes(world).values()]
    axes = {
        "country": world.countries, "group": world.group_names, "domain": world.domains,
        "sponsor": world.sponsors, "body": world.body_names, "standard": world.standards,
    }  # fmt: skip
    assert set(axes) <= set(TABLES)
    titles += [name_of(axis, label) for axis, labels in axes.items() for label in labels]
    assert all(titles)
    assert [title for title in titles if IDENTIFIER.search(title)] == []
    of_scenarios = titles[: len(scenarios())]
    assert len(set(of_scenarios)) == len(of_scenarios)


def _texts(element, skip):
    """Texts of an element and those inside it, but of some tags."""
    found = []
    for child in element.children:
        if isinstance(child, str):
            found.append(child)
        elif child.tag not in skip:
            found += _texts(child, skip) + [v for k, v in child.attributes.items() if k in ("alt", "title")]
    return found

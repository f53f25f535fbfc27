"""Is the documentation site whole, and does a reader's browser need nobody else for it?"""

import inspect
import re
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("furo", reason="the site needs Sphinx with Furo and MyST: make install brings them")

from chromium import Chromium, find_chromium
from site_docstrings import fields
from site_extension import ROOT, arguments_of

import lockin_sim as ls
from lockin_sim.comparisons.measured_places import outcomes
from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.parameters import collect_declarations

#: Public modules, whose functions are public too.
MODULES = ("design", "plots", "report", "rules")


class Page(HTMLParser):
    """What a page asks a browser for, where its links lead, and where others may lead to."""

    def __init__(self, path):
        super().__init__()
        self.loads = []
        self.links = []
        self.anchors = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given["id"]} if "id" in given else set()
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in ("script", "img", "iframe", "source") and "src" in given:
            self.loads.append(given["src"])
        elif tag == "link" and given.get("rel") not in ("canonical", "author"):
            self.loads.append(given.get("href", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The whole site, built as ``make docs`` builds it: a warning is an error."""
    folder, pages = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("pages")
    (pages / "countries").mkdir()  # as if the page of each economy had been made
    (pages / "countries" / "index.html").write_text("<p>All economies</p>", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-c", "docs", "-q", "-W", "--keep-going"]
    command += ["-D", f"country_pages={pages}"]
    outcome = subprocess.run(
        [*command, ".", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in site.rglob("*.html")}


def described(site):
    """Every Python name that the site describes."""
    _, _, _, _, packed = (site / "objects.inv").read_bytes().split(b"\n", 4)
    lines = zlib.decompress(packed).decode().splitlines()
    return {line.split(" ")[0] for line in lines if " py:" in line}


@pytest.mark.slow
def test_pages_load_nothing_from_elsewhere(site, pages):
    loaded = {address for page in pages.values() for address in page.loads}
    assert [address for address in loaded if urlsplit(address).netloc] == []
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"@import|url\(['\"]?(?:https?:)?//[^)]*", styles) == []


@pytest.mark.slow
def test_links_within_the_site_lead_somewhere(site, pages):
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchors = pages[target].anchors if target in pages else set()
            if not target.exists() or (parts.fragment and unquote(parts.fragment) not in anchors):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index", "country"])
def test_the_page_of_each_economy_is_found_from_the_home_page(site, pages, name):
    assert "../countries/index.html" in pages[site / "docs" / f"{name}.html"].links


@pytest.mark.slow
def test_every_page_of_the_project_is_on_the_site(site):
    written = [*(ROOT / "docs").glob("*.md"), *(ROOT / "notebooks").glob("*.ipynb"), ROOT / "README.md"]
    assert [p.name for p in written if not (site / p.relative_to(ROOT)).with_suffix(".html").exists()] == []


@pytest.mark.slow
def test_every_public_name_is_described(site):
    known = described(site)
    names = [name for name in ls.__all__ if name not in (*MODULES, "__version__")]
    assert [name for name in names if f"lockin_sim.{name}" not in known] == []
    for module in MODULES:
        public = getattr(ls, module)
        functions = [n for n in public.__all__ if inspect.isfunction(getattr(public, n))]
        assert [n for n in functions if f"{public.__name__}.{n}" not in known] == [], module


@pytest.mark.slow
def test_every_declaration_is_in_a_table(site, real_world):
    declared = {
        "parameters": [*collect_declarations()],
        "levers": [*LEVERS, *{setting for lever in LEVERS.values() for setting in lever.settings}],
        "outcomes": [name for name in outcomes(real_world) if "[" not in name],
        "world": [*real_world.domains],
        "plots": [*ls.plots.FIGURES],
        "commands": ["compare", "--runs", "sweep", "--resume", "describe"],
    }
    for name, names in declared.items():
        page = (site / "docs" / f"{name}.html").read_text(encoding="utf-8")
        tables = "".join(re.findall(r'<table class="[^"]*filterable.*?</table>', page, re.DOTALL))
        words = set(re.findall(r"[\w.:-]+", tables))
        assert [each for each in names if each not in words] == [], name


def test_what_docstrings_explain_are_arguments_that_there_are():
    """Else a line would stay text: an argument that was renamed, or a docstring in another style."""
    owners = [ls, *(getattr(ls, name) for name in MODULES), *vars(ls.rules).values()]
    public = {f"{o.__name__}.{n}": getattr(o, n) for o in owners if inspect.ismodule(o) for n in dir(o)}
    documented = {
        name: fields(inspect.getdoc(thing) or "", arguments_of(thing))
        for name, thing in public.items()
        if inspect.isfunction(thing) and thing.__module__.startswith("lockin_sim.")
    }
    stray = [
        f"{name}: {line}"
        for name, lines in documented.items()
        for line in lines
        if re.match(r"\*{0,2}\w+(, \w+)* {2,}\S", line)
    ]
    assert stray == []
    assert sum(line.startswith(":param ") for lines in documented.values() for line in lines) > 400


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on PATH or in $CHROMIUM (Debian: apt-get install chromium)")
    with Chromium(program, tmp_path_factory.mktemp("chromium") / "profile") as chromium:
        yield chromium


@pytest.mark.slow
@pytest.mark.browser
def test_a_table_is_filtered_by_the_words_of_a_row(site, browser):
    browser.open((site / "docs" / "parameters.html").as_uri())
    shown = "[...document.querySelectorAll('table.filterable tbody tr')].filter((r) => !r.hidden).length"
    assert browser.evaluate(shown) == len(collect_declarations())
    typed = """(() => { const field = document.querySelector("input.filter");
        field.value = "WORDS"; field.dispatchEvent(new Event("input")); })()"""
    browser.evaluate(typed.replace("WORDS", "Leaving incumbent"))
    row = "document.querySelector('table.filterable tbody tr:not([hidden]) code').textContent"
    assert (browser.evaluate(shown), browser.evaluate(row)) == (1, "switching_cost")
    browser.evaluate(typed.replace("WORDS", ""))
    assert browser.evaluate(shown) == len(collect_declarations())
    browser.open((site / "docs" / "levers.html").as_uri())
    browser.evaluate(typed.replace("WORDS", "export_finance envelope"))
    assert (browser.evaluate(shown), browser.evaluate(row)) == (2, "export_finance")


@pytest.mark.slow
@pytest.mark.browser
def test_search_works_from_a_folder(site, browser):
    browser.open((site / "search.html").as_uri() + "?q=salience")
    found = """new Promise((done) => { const look = () => {
        const links = [...document.querySelectorAll("#search-results li a")].map((a) => a.href);
        document.body.innerText.includes("Search finished") ? done(links.join(" ")) : setTimeout(look, 50);
    }; look(); })"""
    assert "docs/glossary.html" in browser.evaluate(found)
    assert browser.complaints() == []


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["README", "docs/levers", "docs/python/compare", "lockin_sim/ODD"])
def test_a_page_fits_its_window_and_leaves_the_network_alone(site, browser, name, width):
    browser.open((site / f"{name}.html").as_uri(), width=width)
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith(("file:", "data:"))] == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width

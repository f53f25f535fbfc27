"""The report in a real browser: nothing fails, the network is left alone, it fits a phone and prints."""

import io

import matplotlib.image
import pytest
from chromium import Chromium, find_chromium

PROGRAM = find_chromium()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        PROGRAM is None, reason="no Chromium on PATH or in $CHROMIUM (Debian: apt-get install chromium)"
    ),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium(str(PROGRAM), tmp_path_factory.mktemp("chromium") / "profile") as chromium:
        yield chromium


@pytest.fixture(scope="module")
def files(whole_page, whole_annex, tmp_path_factory):
    """Addresses of the report and its annex."""
    folder = tmp_path_factory.mktemp("page")
    for name, text in {"report": whole_page, "annex": whole_annex}.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in ("report", "annex")}


@pytest.fixture(params=["report", "annex"])
def url(files, request):
    return files[request.param]


@pytest.fixture
def annex(files):
    return files["annex"]


@pytest.mark.parametrize(("width", "height", "most"), [(1280, 800, 5), (390, 844, 9)])
def test_the_report_is_a_few_screens(browser, files, width, height, most):
    """Of two policies; each further one adds a bar, a row of the heat map, and one of who pays."""
    browser.open(files["report"], width=width, height=height)
    assert browser.evaluate("document.documentElement.scrollHeight") <= most * height
    answer, chart = (
        browser.evaluate(f"document.getElementById('{name}').getBoundingClientRect().top")
        for name in ("answer", "chart")
    )
    assert answer < 0.5 * height
    assert chart < (0.5 if width > 1000 else 1.5) * height  # beside the answer, or beneath it


def test_the_report_leads_to_its_annex_and_back(browser, files):
    browser.open(files["report"])
    assert browser.evaluate("document.querySelector('#reproduce a').href") == files["annex"]
    browser.open(files["annex"])
    assert browser.evaluate("document.querySelector('header a').href") == files["report"]


@pytest.mark.parametrize("width", [1280, 1100, 390])
def test_it_loads_and_fits_without_a_complaint_and_asks_for_nothing(browser, url, width):
    browser.open(url, width=width)
    assert browser.complaints() == []
    assert [u for u in browser.requests() if not u.startswith("data:")] == [url]
    images = "[...document.images].filter(i => !(i.complete && i.naturalWidth > 100)).length"
    assert browser.evaluate(images) == 0
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    wide = "[...document.querySelectorAll('.table')].filter(t => t.scrollWidth > t.clientWidth)"
    assert browser.evaluate(f"{wide}.map(t => t.innerText.slice(0, 60)).join('; ')") == ""
    picture = matplotlib.image.imread(io.BytesIO(browser.screenshot(whole=False)))[..., :3]
    assert picture.mean() > 0.7  # paper
    assert 0.01 < (picture.min(axis=-1) < 0.5).mean() < 0.3  # and ink


def test_the_watch_over_requests_and_complaints_sees_them(browser, tmp_path):
    file = tmp_path / "bad.html"
    file.write_text(
        '<img src="http://192.0.2.1/x.png"><script>console.error("no")</script>', encoding="utf-8"
    )
    browser.open(file.as_uri())
    assert "http://192.0.2.1/x.png" in browser.requests()
    assert any('"no"' in complaint for complaint in browser.complaints())


def test_a_click_on_a_head_sorts_the_table_and_a_second_turns_it(browser, annex):
    browser.open(annex)
    column = (
        "[...document.querySelectorAll('#effects tbody tr')].map(r => r.cells[1].querySelector('span')"
        ".firstChild.textContent.replace('\u2212', '-').replace('*', '').trim())"
    )
    click = "document.querySelectorAll('#effects thead th')[1].click()"
    found = []
    for _ in range(2):
        browser.evaluate(click)
        found.append([float(text) for text in browser.evaluate(column)])
    assert found[0] == sorted(found[0], reverse=True)
    assert found[1] == sorted(found[0])
    assert browser.complaints() == []


def test_numbers_and_map_follow_what_is_chosen(browser, annex):
    browser.open(annex)
    rows = "[...document.querySelectorAll('#explorer-list li')].map(r => r.innerText).join('; ')"
    before = browser.evaluate(rows)
    assert "EU coordinated stance" in before
    choose = (
        "(form => {{ const s = document.querySelectorAll(form + ' select')[{at}]; s.selectedIndex = {to}; "
        "s.dispatchEvent(new Event('change', {{bubbles: true}})); }})('{form}')"
    )
    browser.evaluate(choose.format(form="#explorer-form", at=1, to=2))
    assert browser.evaluate(rows) != before
    told = "document.querySelector('#map-drawn path[d] title').textContent"
    first = browser.evaluate(told)
    assert "points" in first
    browser.evaluate(choose.format(form="#map-form", at=0, to=0))
    browser.evaluate(choose.format(form="#map-form", at=1, to=0))
    titles = "[...document.querySelectorAll('#map-drawn title')].map(t => t.textContent).join()"
    one = browser.evaluate(titles)
    browser.evaluate(choose.format(form="#map-form", at=0, to=1))
    assert browser.evaluate(titles) != one
    browser.evaluate(
        "document.querySelector('#map-drawn path').dispatchEvent(new Event('click', {bubbles: true}))"
    )
    assert "points" in browser.evaluate("document.getElementById('map-note').textContent")
    assert browser.complaints() == []


@pytest.mark.parametrize(("name", "fewest", "most"), [("report", 2, 4), ("annex", 5, 40)])
def test_it_prints(browser, files, name, fewest, most):
    browser.open(files[name])
    printed = browser.pdf()
    assert printed.startswith(b"%PDF")
    pages = printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ")
    assert fewest <= pages <= most

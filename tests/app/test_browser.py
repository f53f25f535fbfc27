"""The app in a real browser: it answers, follows clicks, leaves the network alone, and fits a phone."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from chromium import Chromium, find_chromium
from linking import packed

import lockin_sim as ls
from lockin_sim.app.drafts import format_scenario, parse_scenario

PROGRAM = find_chromium()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        PROGRAM is None, reason="no Chromium on PATH or in $CHROMIUM (Debian: apt-get install chromium)"
    ),
]

ROOT = Path(__file__).parents[2]

#: All runs are there, and are drawn.
STANDS = "all('[role=status]').some(p => p.textContent === '8 of 8 runs.')"

#: The command, with few runs; it says where it is on its error stream.
OPTIONS = ["app", "--port", "0", "--runs", "8", "--workers", "1"]
SERVE = f"import sys; from lockin_sim.cli import main; sys.exit(main({OPTIONS}))"

#: Elements wherever they are: Panel keeps each of its parts in a shadow of its own.
DEEP = """
const all = (sel, root = document) => [...root.querySelectorAll(sel)].concat(
  ...[...root.querySelectorAll('*')].filter(e => e.shadowRoot).map(e => all(sel, e.shadowRoot)));
const says = () => all('.says').map(e => e.textContent);
const choose = (label, text) => {
  const field = all('select').find(s => s.getRootNode().textContent.includes(label)
    && [...s.options].some(o => o.textContent === text));
  field.selectedIndex = [...field.options].findIndex(o => o.textContent === text);
  field.dispatchEvent(new Event('change', {bubbles: true})); };
const chosen = label => all('select').find(s => s.getRootNode().textContent.includes(label))
  .selectedOptions[0].textContent;
const press = text => all('button, a.bk-btn, .bk-tab').find(e => e.textContent.trim() === text).click();
"""


@pytest.fixture(scope="module")
def address():
    """Where the app is served."""
    how = {"stderr": subprocess.PIPE, "text": True, "env": os.environ | {"PYTHONPATH": str(ROOT)}}
    with subprocess.Popen([sys.executable, "-c", SERVE], **how) as served:
        late, said, found = threading.Timer(120, served.kill), [], None
        late.start()
        for line in served.stderr:  # ends with the process
            said.append(line)
            if found := re.search(r"http://localhost:\d+", line):
                break
        late.cancel()
        assert found, said
        rest = threading.Thread(target=served.stderr.read)  # so that it never waits for somebody to read
        rest.start()
        try:
            yield found.group() + "/"
        finally:
            served.terminate()
            rest.join(30)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium(str(PROGRAM), tmp_path_factory.mktemp("chromium") / "profile") as chromium:
        yield chromium


#: Looks at every frame that is drawn, for a second; a page that is left meanwhile answers nothing.
WAIT = """new Promise(done => {{ {deep} const end = performance.now() + 1000, look = () => {{
  let value; try {{ value = {expression}; }} catch {{ }}
  value || performance.now() > end ? done(value) : requestAnimationFrame(look); }}; look(); }})"""


def until(browser, expression, seconds=120.0):
    """The value of an expression once it is true of the page."""
    end = time.monotonic() + seconds
    while not (value := browser.evaluate(WAIT.format(deep=DEEP, expression=expression))):
        assert time.monotonic() < end, f"never: {expression}; {look(browser, 'says()')}; {errors(browser)}"
    return value


def look(browser, expression):
    """The value of an expression in the page."""
    return browser.evaluate(f"(() => {{ {DEEP} return {expression}; }})()")


def act(browser, statement):
    """Do something in the page."""
    browser.evaluate(f"(() => {{ {DEEP} {statement}; return 0; }})()")


def opened(browser, address, width=1280):
    """Open the page and wait until what it answered at once has made way for the live answer."""
    browser.open(address, width=width)
    lives = "all('.effects').length === 1 && all('.first').length === 0"
    return until(browser, f"{lives} && says().some(text => text.includes('Without it')) && says()")  # type: ignore[return-value]


def errors(browser):
    """Errors and exceptions of the page, not what its libraries note."""
    found = map(json.loads, browser.complaints())
    bad = [f for f in found if f.get("type") == "error" or "exceptionDetails" in f or _level(f) == "error"]
    return [json.dumps(each)[:300] for each in bad]


def _level(entry):
    return entry.get("entry", {}).get("level", "")


def strangers(browser, address):
    """Addresses of others that the page asked for."""
    asked = [u for u in browser.requests() if not u.startswith(("data:", "blob:"))]
    return {url for url in asked if urlsplit(url).netloc != urlsplit(address).netloc}


@pytest.mark.parametrize("width", [1280, 390])
def test_it_answers_without_an_error_and_asks_nobody_else(browser, address, width):
    (answer,) = opened(browser, address, width)
    assert answer.startswith("In 2035, “EU coordinated stance” "), answer
    assert "mobile networks in Africa" in answer
    until(browser, STANDS)
    names = look(browser, "all('[role=slider]').map(e => e.getAttribute('aria-label'))")
    assert len(names) >= 4
    assert all(names)
    assert look(browser, "all('.unseen')[0].textContent.startsWith('Chart of changes over the years')")
    for step in (*"123", ""):  # the tour, from its opener and back
        act(browser, f"document.querySelector('{'.opener' if step == '1' else '.tour button'}').click()")
        shown = look(browser, "all('.tour:not([hidden]) li:not([hidden])').map(e => e.innerText)")
        assert [text[0] for text in shown] == list(step)
    assert look(browser, "document.activeElement.className") == "opener"
    assert errors(browser) == []
    assert strangers(browser, address) == set()
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


#: What a page says while what it shows was computed before anybody asked.
BEFOREHAND = "all('[role=status]').some(p => p.textContent.includes('computed beforehand'))"


@pytest.mark.parametrize(
    ("policy", "width", "height"),  # each of its own: runs of one that was asked for are kept
    [("open_ran", 390, 844), ("eu_champions", 1280, 900)],
)
def test_the_picture_is_there_before_any_run_and_within_two_screens_of_a_phone(
    browser, address, policy, width, height
):
    asked = f"{address}?policy={policy}&where=KEN"
    with urlopen(asked) as page:  # before any script
        assert b'<svg class="effects"' in page.read()
    browser.open(asked, width=width, height=height)
    until(browser, f"{BEFOREHAND} && says()[0].includes('in Kenya') && all('.effects').length === 1")
    top = "all('.effects')[0].getBoundingClientRect()"
    assert look(browser, f"{top}.top + {top}.height / 2 + scrollY") <= (2 if width < 600 else 1) * height
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert strangers(browser, address) == set()


#: Keys by what they are called: code and text.
KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), "ArrowDown": (40, "")}


def hit(browser, key):
    """Hit a key."""
    code, text = KEYS[key]
    how = {"key": key, "code": key, "windowsVirtualKeyCode": code}
    browser.call("Input.dispatchKeyEvent", type="keyDown", text=text, **how)
    browser.call("Input.dispatchKeyEvent", type="keyUp", **how)


#: What has the focus, however deep in shadows.
FOCUS = """(() => {
  let e = document.activeElement;
  while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  return e === document.body ? '' : e.innerText || e.tagName; })()"""


def tab_to(browser, text):
    """Go on with the key alone until something has the focus."""
    for _ in range(60):
        if text in look(browser, FOCUS):
            return
        hit(browser, "Tab")
    raise AssertionError(f"no way to {text}")


def test_country_question_and_sentence_are_had_by_keyboard_alone_and_stand_in_the_address(browser, address):
    opened(browser, address)
    tab_to(browser, "Africa")
    hit(browser, "ArrowDown")
    until(browser, "location.search.startsWith('?policy=eu_coordinated&where=')")
    question = ls.load_scenario("open_ran").question
    tab_to(browser, question)
    hit(browser, "Enter")
    # all runs have arrived: nothing that has the focus is drawn again on the way
    until(browser, f"says().length === 1 && says()[0].includes('“Mandatory open interfaces”') && {STANDS}")
    until(browser, "location.search.startsWith('?policy=open_ran&where=')")
    tab_to(browser, "Copy this sentence, with its source")
    hit(browser, "Enter")
    until(browser, "!document.querySelector('.copied').hidden")
    copied = str(look(browser, "document.querySelector('.copied textarea').value"))
    sentence, source = copied.split("\n")
    assert sentence.startswith("In 2035, “Mandatory open interfaces” ")
    assert source.startswith("Source: lockin_sim ")
    assert source.endswith(str(browser.evaluate("location.href")))
    tab_to(browser, "Map")
    hit(browser, "Enter")
    until(browser, "all('.key li').length >= 5 && location.search.includes('&tab=map&')")
    assert errors(browser) == []


#: Markup that runs, if anybody takes it for markup, and leaves a mark.
MARKUP = "<img src=x onerror=window.top.RUN=1><script>window.top.RUN=1</script>"


def hostile(target):
    """The end of an address with a policy that has markup in all its texts."""
    use = {"lever": "export_finance", "target": target, "from": 2020, "envelope": 5.123456789}
    policy = ls.Scenario(
        name=f"n {MARKUP}", title=MARKUP, question=MARKUP, source=MARKUP, assumption=MARKUP, levers=[use]
    )
    return f"?policy={packed(format_scenario(policy).encode())}"


def test_a_policy_whose_texts_are_markup_is_shown_as_text_everywhere(browser, address):
    opened(browser, address + hostile("EU"))
    for tab, there in {
        "Side by side": "all('thead th').length === 2", "Map": "all('.key li').length >= 5",
        "One choice": "all('button').some(b => b.textContent.trim() === 'Why?')",
        "Vendors": "all('p').some(p => p.textContent.startsWith('Mobile networks, 2035'))",
    }.items():  # fmt: skip
        act(browser, f"press('{tab}')")
        until(browser, there)
    assert look(browser, "says()[0].includes('<script>')")
    assert look(browser, "all('textarea').some(t => t.value.includes('envelope = 5.123456789'))")
    assert look(browser, "all('img[src=x]').length") == 0
    assert browser.evaluate("window.RUN") is None
    assert errors(browser) == []


def test_a_script_that_comes_into_the_page_all_the_same_does_not_run(browser, address):
    opened(browser, address)
    put = "const e = document.createElement('{}'); {}; document.body.append(e)"
    act(browser, put.format("div", f"e.innerHTML = {json.dumps(MARKUP)}"))
    act(browser, put.format("script", "e.textContent = 'window.RUN = 1'"))
    until(browser, "all('img[src=x]')[0].complete")
    assert browser.evaluate("window.RUN") is None
    assert sum("Content Security Policy" in complaint for complaint in browser.complaints()) == 2


def test_the_way_back_leads_through_what_was_set_and_forward_again(browser, address):
    opened(browser, address)
    act(browser, "choose('Begin with', 'Mandatory open interfaces')")
    until(browser, "says().length === 1 && says()[0].includes('“Mandatory open interfaces”')")
    act(browser, "press('Map')")
    until(browser, "location.search === '?policy=open_ran&tab=map' && all('.key li').length >= 5")
    act(browser, "document.querySelector('nav a').click()")  # a part of the page, on a phone
    until(browser, "location.hash === '#policy'")
    for search, tab, policy in (
        ("?policy=open_ran&tab=map", "Map", "Mandatory open interfaces"),
        ("?policy=open_ran", "Your country or region", "Mandatory open interfaces"),
        ("", "Your country or region", "EU coordinated stance"),
    ):
        act(browser, "history.back()")
        stands = f"location.search === '{search}' && location.hash === '' && says()[0].includes('“{policy}”')"
        until(browser, f"{stands} && all('.bk-tab.bk-active').map(e => e.textContent.trim())[0] === '{tab}'")
        assert look(browser, "chosen('Begin with')") == policy
    act(browser, "history.go(2)")
    until(browser, "location.search.endsWith('tab=map') && says()[0].includes('“Mandatory open interfaces”')")
    until(browser, "all('.bk-tab.bk-active').some(e => e.textContent.trim() === 'Map')")
    assert errors(browser) == []


@pytest.mark.slow
def test_it_follows_clicks(browser, address):
    opened(browser, address)
    act(browser, "choose('Begin with', 'Mandatory open interfaces')")
    until(browser, "says().length === 1 && says()[0].includes('“Mandatory open interfaces”')")
    act(browser, "press('Add a policy to compare')")
    until(browser, "says().length === 2")
    act(browser, "press('Side by side')")
    until(browser, "all('tbody tr').length >= 8 && all('thead th').length === 3")
    act(browser, "press('Map')")
    until(browser, "all('.key li').length >= 5")
    act(browser, "press('Vendors')")
    until(browser, "all('p').some(p => p.textContent.startsWith('Mobile networks, 2035'))")
    act(browser, "press('One choice')")
    until(browser, "all('button').some(b => b.textContent.trim() === 'Why?')")
    act(browser, "press('Why?')")
    until(browser, "all('table').some(t => t.textContent.includes('utility'))")
    act(browser, "press('From first mover to standard')")
    until(browser, "all('button').some(b => b.textContent.trim() === 'Follow the chain')")
    act(browser, "press('Follow the chain')")
    until(browser, "all('.unseen').some(p => p.textContent.includes('The lead, given in 2010'))")
    act(browser, "press('Prepare the report')")
    until(browser, "all('a, button').some(a => a.textContent.startsWith('Download the report ('))")
    assert errors(browser) == []
    assert strangers(browser, address) == set()


@pytest.mark.slow
def test_a_policy_is_handed_on_and_taken_over_as_text(browser, address):
    opened(browser, address)
    act(browser, "choose('Begin with', 'EU digital loans')")
    # all runs have arrived: no control that is still being drawn writes the text anew below
    until(browser, f"says()[0].includes('“EU digital loans”') && {STANDS}")
    text = str(until(browser, "all('textarea').map(t => t.value).find(v => v.includes('envelope'))"))
    assert parse_scenario(text, "the page") == ls.load_scenario("digital_oda")
    fill = (
        "const field = all('textarea:not([readonly])')[0]; field.value = {}; "
        "for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, {{bubbles: true}}))"
    )
    mine = text.replace('"digital_oda"', '"mine"').replace("EU digital loans", "EU loans")
    act(browser, fill.format(json.dumps(mine.replace("envelope = 5.0", "envelope = 5000.0"))))
    act(browser, "press('Use this text')")
    until(browser, "all('[role=alert]').some(p => p.textContent.includes('a number from 0 to 500'))")
    act(
        browser,
        fill.format(json.dumps(text.replace("digital_oda", "mine").replace("digital loans", "loans"))),
    )
    act(browser, "press('Use this text')")
    until(browser, "says()[0].includes('“EU loans”') && all('[role=alert]').length === 0")
    assert errors(browser) == []

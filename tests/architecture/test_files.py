"""What must hold for the files of the project as a whole: nothing of one machine, one version, whole pins."""

import json
import re
import subprocess
import tomllib
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import pytest
from make_metadata import build_metadata
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import lockin_sim

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SET_UP = (ROOT / "tools" / "set_up.sh").read_text(encoding="utf-8")
#: What the package runs with, and what compiles its fast engine and checks it beside that.
RUN, FAST, DEVELOP = (
    (ROOT / f"requirements{which}.txt").read_text(encoding="utf-8") for which in ("", "-fast", "-dev")
)
FURTHER = FAST + DEVELOP

#: Written apart, so that this file does not contain what it looks for.
REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs", "conda." + "anaconda.org")
HOMES = ("/ho" + "me/", "/Us" + "ers/", "/ro" + "ot/")
WINDOWS_HOME = r"[A-Za-z]:\\+Us" + r"ers\\"
OF_ONE_MACHINE = [
    *(re.escape(host) for host in REGISTRIES),
    rf"(?:(?<![\w.~/:-])|file://)(?:{'|'.join(HOMES)})\w",
    WINDOWS_HOME,
    *([re.escape(str(ROOT))] if len(ROOT.parts) > 2 else []),
]
FOUND = re.compile("|".join(OF_ONE_MACHINE))
PRODUCTS = {".git", ".venv", ".hypothesis", "__pycache__", "build", "dist"}


def is_product(path):
    """Whether a file in the checkout is made by running something, and not kept."""
    return (
        not PRODUCTS.isdisjoint(path.parts)
        or path.parts[0].endswith("_cache")
        or path.parts[:2] == ("results", "compare")
    )


def project_files():
    """What is or would be committed; without git, all that lies in the checkout except known products."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [path for path in ROOT.rglob("*") if not is_product(path.relative_to(ROOT))]
    return (path for path in paths if path.is_file())


def test_no_file_names_a_registry_or_one_persons_machine():
    found = []
    for path in project_files():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in FOUND.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        (f"cd {HOMES[0]}ada/model", True),
        (f"<a href='file://{HOMES[1]}ada/x'>", True),
        ("C:\\Us" + "ers\\ada", True),
        (f"https://example.test{HOMES[0]}page", False),
        ("~/.venv and /usr/bin/python3", False),
    ],
)
def test_the_search_for_machine_paths(text, caught):
    assert bool(FOUND.search(text)) is caught


def test_changelog_citation_and_package_agree_on_the_version():
    released = PROJECT["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(released)}\]", changelog, re.MULTILINE)
    assert f"\nversion: {released}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert version("lockin-sim") == released
    assert getattr(lockin_sim, "__version__", released) == released


def test_metadata_for_archives_and_catalogues_is_that_of_the_citation():
    for name, content in build_metadata().items():
        assert json.loads((ROOT / name).read_text(encoding="utf-8")) == content, "tools/make_metadata.py"
    (holder,) = re.findall(r"^Copyright \(c\) \d{4}, (.+)$", (ROOT / "LICENSE").read_text(), re.MULTILINE)
    assert [author["name"] for author in build_metadata()[".zenodo.json"]["creators"]] == [holder]


def pinned(pins):
    """Versions by name."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", pins, re.MULTILINE))


def test_what_the_package_runs_with_is_pinned_apart_from_what_checks_it():
    assert pinned(RUN).keys().isdisjoint(pinned(FURTHER))
    assert "pytest" in pinned(FURTHER)


@pytest.mark.parametrize(
    ("declared", "pins"),
    [(PROJECT["dependencies"], RUN), ([*chain(*PROJECT["optional-dependencies"].values())], RUN + FURTHER)],
    ids=["to run", "to develop"],
)
def test_every_declared_dependency_is_pinned_within_its_bounds(declared, pins):
    for requirement in map(Requirement, declared):
        name = canonicalize_name(requirement.name)
        assert name in pinned(pins), f"{name} is not pinned: run `make pins`"
        assert pinned(pins)[name] in requirement.specifier


def test_every_extra_is_pinned():
    (pinned_extras,) = re.findall(r'^EXTRAS="(.*)"$', SET_UP, re.MULTILINE)
    assert {*pinned_extras.split()} == PROJECT["optional-dependencies"].keys()


@pytest.mark.parametrize("pins", [RUN, FURTHER], ids=["to run", "to develop"])
def test_pins_are_hashes_and_nothing_else(pins):
    lines = [line for line in pins.splitlines() if line and not line.lstrip().startswith("#")]
    assert [
        line for line in lines if not re.match(r"[\w.-]+==\S+ \\$|    --hash=sha256:[0-9a-f]{64}", line)
    ] == []

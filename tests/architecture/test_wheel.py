"""Does the package work where its checkout is not: is all in the wheel, and does it run the main job?"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGE = ROOT / "lockin_sim"
PAGE = (ROOT / PROJECT["readme"]).read_text(encoding="utf-8")


def test_the_wheel_holds_every_file_of_the_package():
    from hatchling.builders.wheel import WheelBuilder

    packed = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    there = {path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*") if path.is_file()}
    assert packed == {name for name in there if "__pycache__" not in name}
    needed = {"data/countries.csv", "data/sources.bib", "data/policies/open_ran.toml", "ODD.md"}
    assert {f"lockin_sim/{name}" for name in needed} <= packed
    kinds = {Path(name).suffix for name in packed}
    assert kinds >= {".py", ".csv", ".toml", ".md", ".html"}


def test_the_page_of_an_index_shows_nothing_that_is_not_there():
    """An index has neither the pictures of the checkout nor its files: every link names its host."""
    targets = re.findall(r"\]\(([^)]+)\)|(?:src|href)=\"([^\"]+)\"", PAGE)
    assert [target for pair in targets for target in pair if target and "://" not in target] == []
    assert "pip install" in PAGE


def test_every_extra_is_explained():
    rows = re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(PROJECT["optional-dependencies"])


# --- in a fresh environment ---


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-c", f"from hatchling.build import build_wheel; build_wheel({str(folder)!r})"]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def interpreter(version):
    """A Python of that version that can make environments: this one, one on PATH, or one of pyenv."""
    places = [sys.executable, shutil.which(f"python{version}")]
    places += sorted(map(str, (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python")))
    ask = "import ensurepip, venv, sys; print('%d.%d' % sys.version_info[:2])"
    for place in filter(None, places):
        asked = subprocess.run([place, "-c", ask], capture_output=True, text=True, check=False)
        if asked.stdout.strip() == version:
            return place
    return None


def environment(python, wheel, folder):
    """A fresh environment with the wheel and what it needs: the libraries of this one for the same version of
    Python, else the pinned ones, which needs a network."""
    made = subprocess.run([python, "-m", "venv", folder], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    bin_ = folder / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [bin_ / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    ask = "import sysconfig, sys; print('%d.%d' % sys.version_info[:2], sysconfig.get_path('purelib'))"
    version, site = subprocess.run(
        [bin_ / "python", "-c", ask], capture_output=True, text=True, check=True
    ).stdout.split(maxsplit=1)
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        # their own .pth files, as that of an editable install, are not followed
        libraries = dict.fromkeys(p for p in sys.path if p.endswith("-packages"))
        (Path(site.strip()) / "libraries.pth").write_text("\n".join(libraries), encoding="utf-8")
    else:
        pins = [*pip, "--require-hashes", "--only-binary=:all:", "-r", ROOT / "requirements.txt"]
        done = subprocess.run(pins, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no network, or no pinned libraries for Python {version}: {done.stderr[-200:]}")
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True)
    return bin_


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.12", "3.13", "3.14"])
def test_the_wheel_runs_the_main_job_without_the_checkout(wheel, version, tmp_path, monkeypatch):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here that can make environments")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    bin_ = environment(python, wheel, tmp_path / "env")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(*command):
        return subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=False)

    found = run(bin_ / "python", "-c", "import lockin_sim as ls; print(ls.__file__)")
    assert str(tmp_path / "env") in found.stdout, found.stderr
    small = ["--runs", "2", "--years", "2010-2013", "--workers", "2", "--out", "res"]
    done = run(bin_ / "lockin", "compare", "no_state_finance", *small)
    assert done.returncode == 0, done.stderr
    assert "No state loans abroad" in done.stdout
    assert (elsewhere / "res" / "report.html").stat().st_size > 10_000
    assert sorted(path.name for path in elsewhere.iterdir()) == ["res"]
    told = run(bin_ / "lockin", "explain", "KEN", "mobile_network", "2012")
    assert "what each offer is worth" in told.stdout.lower(), told.stderr

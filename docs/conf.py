"""How the documentation site is built: ``make docs``.  The source folder is that of the whole project, so
that links between its pages are the same on the site as in the repository."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

project = "lockin_sim"
author = "The lockin_sim developers"
copyright = author
version = release = version_of("lockin-sim")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "site_extension"]
napoleon_google_docstring = False
root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "docs/images/**",
    "notebooks/*.ipynb",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "lockin_sim/ODD.md",
    "lockin_sim/README.md",
    "results/README.md",
    "results/benchmarks/*.md",
    "experiments/**.md",
]
exclude_patterns = [".*", "build", "dist", "results/[!b]*/**", "tests", "**/__pycache__"]

nb_execution_mode = "off"  # outputs are those that are committed
myst_enable_extensions = ["dollarmath"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # a page may begin with a picture or skip a level

smartquotes = False  # what stands between quotes, and after two hyphens, is meant to be typed

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
autodoc_type_aliases = {
    name: name for name in ("Floats", "Integers", "Bools", "Numbers", "Named", "Points", "Progress")
}
add_module_names = False

html_theme = "furo"
html_title = f"lockin_sim {version}"
html_static_path = ["site/static"]
html_math_renderer = "mathml"
html_copy_source = html_show_sourcelink = False
html_additional_pages = {"index": "start.html"}
templates_path = ["site/templates"]
#: Folder whose folder ``countries`` holds the page of each economy, and one that leads to them.
country_pages = str(ROOT / "build" / "countries")

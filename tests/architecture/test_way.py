"""How many functions does a comparison pass on its way from the command line to the report?"""

import sys
from pathlib import Path

from matplotlib.figure import Figure

import lockin_sim
from lockin_sim.cli import main
from lockin_sim.common.files import write_atomically
from lockin_sim.common.netcdf import write_dataset
from lockin_sim.common.prose import render_page
from lockin_sim.pages.report import Comparison
from lockin_sim.runs.jobs import run_cases

PACKAGE = Path(lockin_sim.__file__).parent
CASE = Path(__file__).parents[2] / "experiments" / "gsm_and_cdma"

#: Where work begins: runs, a dataset or another file that is written, a page.
WORK = {f.__code__ for f in (run_cases, write_dataset, write_atomically.__wrapped__, render_page)}


def test_a_comparison_passes_few_functions_on_its_way_to_the_report(tmp_path, monkeypatch):
    """Those of the package that wait, on the stack, while work begins."""
    monkeypatch.setattr(Comparison, "figures", lambda self: {"regions": Figure})  # drawing takes long
    passed = set()

    def called(frame, event, _):
        if event == "call" and frame.f_code in WORK:
            while (frame := frame.f_back) is not None and frame.f_code not in WORK:
                file, name = Path(frame.f_code.co_filename), frame.f_code.co_qualname
                if file.is_relative_to(PACKAGE) and not name.endswith(">"):
                    passed.add((file.relative_to(PACKAGE).as_posix(), name))

    few = ["--world", str(CASE / "world"), "--runs", "1", "--years", "1990-1992", "--workers", "1", "--quiet"]
    sys.setprofile(called)
    try:
        assert main(["compare", str(CASE / "no_common_push.toml"), *few, "--out", str(tmp_path / "x")]) == 0
    finally:
        sys.setprofile(None)
    assert ("pages/comparison_folder.py", "Comparison.page") in passed
    assert ("pages/plots/kit/figures.py", "Drawing.save") in passed
    assert len(passed) < 20, sorted(passed)

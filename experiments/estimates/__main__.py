"""``python -m experiments.estimates``: refit all estimates, into the table that the package ships."""

import pandas as pd

from lockin_sim.evidence.estimate import TABLE
from lockin_sim.runs.results import write_frame

from .estimates import refitted

if __name__ == "__main__":
    write_frame(TABLE, pd.DataFrame(refitted()))
    print(f"All estimates are in {TABLE}")

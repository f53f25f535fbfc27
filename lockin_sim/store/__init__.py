"""Stores of sweeps: Zarr v3 directories written unit by unit, each whole or not there.

A unit is some points with all their runs: one chunk of every array.  Its chunks are written first and
then marked by a line in ``units.journal`` with a checksum of them all; what is not marked, or does not fit
its mark, does not count and is computed again by ``resume``.
"""

from lockin_sim.store.export import check_ending, export
from lockin_sim.store.layout import Layout, Variable
from lockin_sim.store.marks import is_store
from lockin_sim.store.reading import open_sweep
from lockin_sim.store.writing import Store

__all__ = ["Layout", "Store", "Variable", "check_ending", "export", "is_store", "open_sweep"]

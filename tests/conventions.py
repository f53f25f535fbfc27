"""What the CF Conventions (1.8) ask of a NetCDF file, as far as our files could fail it.

The units allowed here passed UDUNITS in the IOOS compliance checker, as whole files did; it is no
dependency of ours.
"""

import re
from pathlib import Path

from scipy.io import netcdf_file

#: Units of our files, all known to UDUNITS.
UNITS = {"1", "1e9", "1e9 year-1", "year-1", "year", "percent", "degree"}

#: Types of NetCDF 3: byte, char, short, int, float, double.
TYPES = "bchifd"


def check_conventions(path: Path) -> None:
    """Conventions, names (2.3), types (2.2), missing values of axes (2.5.1), units (3.1), flags (3.5)."""
    with netcdf_file(path, mmap=False) as file:
        assert file.Conventions == b"CF-1.8"
        assert file.title
        assert file.history
        for name, variable in file.variables.items():
            assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name), name
            kind = variable.data.dtype.newbyteorder("=")
            assert kind.char in TYPES, name
            assert variable.long_name, name
            assert not (name in variable.dimensions and hasattr(variable, "_FillValue")), name
            fill = getattr(variable, "_FillValue", None)
            assert fill is None or fill.dtype.newbyteorder("=") == kind, name
            if hasattr(variable, "flag_values"):
                assert variable.flag_values.dtype.newbyteorder("=") == kind, name
                assert len(variable.flag_values) == len(variable.flag_meanings.split()), name
            elif kind.kind != "S":
                assert variable.units.decode() in UNITS, (name, variable.units)
            for other in getattr(variable, "coordinates", b"").decode().split():
                assert other in file.variables, (name, other)

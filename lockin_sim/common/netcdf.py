"""Write datasets as NetCDF 3 files by the CF Conventions (1.8), which every reader supports, and read them.

https://cfconventions.org/Data/cf-conventions/cf-conventions-1.8/cf-conventions.html: units of UDUNITS (2.1,
3.1), without words and currencies; names of letters, digits and underscores (2.3); coded values as flags
(3.5); no missing values in the coordinates of an axis (2.5.1).
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.errors import InputError
from lockin_sim.common.files import check_regular, write_atomically

if TYPE_CHECKING:
    import xarray as xr

CONVENTIONS = "CF-1.8"

#: Attributes with a variable's original unit and name, and with the attributes that CF added.
WORDS, ADDRESS, ADDED = "unit_in_words", "address", "added_for_cf"

#: Units of coded whole numbers.
TRUTH, OF_VENDORS = "bool", "index of vendor, -1 if none"

#: UDUNITS by the beginning of our units; everything else is a pure number.
_MONEY = re.compile(r"USD bn|bn USD")
_OTHERS = ((re.compile(r"years?\b"), "year"), (re.compile(r"percent|per cent|%"), "percent"))
_DEGREES = {"degrees": "degree"}

#: Range of whole numbers in attributes of NetCDF 3.
_SHORT = range(-(2**31), 2**31)


def udunits(words: str) -> str:
    """Convert a unit to UDUNITS: shares, utility and counts are 1, billions of dollars are 1e9."""
    if _MONEY.search(words):
        return "1e9 year-1" if "per year" in words else "1e9"
    if words.startswith("per year"):
        return "year-1"
    return next((unit for begins, unit in _OTHERS if begins.match(words)), _DEGREES.get(words, "1"))


def plain(attributes: Mapping[Any, Any]) -> dict[Any, Any]:
    """Convert attributes to types that NetCDF stores: texts, numbers and lists of numbers; others as JSON."""
    return {key: plain_value(value) for key, value in attributes.items()}


def plain_value(value: Any) -> Any:
    """Convert one attribute to a type that NetCDF stores."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return value if value in _SHORT else str(value)
    if isinstance(value, str | float):
        return value
    numbers = np.asarray(value) if isinstance(value, list | tuple | np.ndarray) and len(value) else None
    if numbers is not None and numbers.dtype.kind in "iuf" and numbers.ndim == 1:
        return value
    return json.dumps(value, sort_keys=True)


def encode_dataset(ds: xr.Dataset) -> xr.Dataset:
    """Return a dataset with CF units, flags and names, and the original ones kept beside them.

    Values are neither copied nor loaded.
    """
    import xarray as xr

    names = _names([str(name) for name in ds.variables])
    variables: dict[str, xr.Variable] = {}
    for name, variable in ds.variables.items():
        written = names[str(name)]
        attributes = _encoded(str(name), written, variable, ds)
        encoding = dict(variable.encoding)
        if name in ds.dims and variable.dtype.kind in "iuf":
            encoding["_FillValue"] = None
        dims = [names.get(str(axis), str(axis)) for axis in variable.dims]
        flags = "flag_values" in attributes and variable.dtype == np.int64
        data = variable.values.astype(np.int32) if flags else variable._data
        variables[written] = xr.Variable(dims, data, attributes, encoding)
    coords = {names[str(name)]: variables.pop(names[str(name)]) for name in ds.coords}
    about = _usual(ds.attrs) | plain(ds.attrs) | {"Conventions": CONVENTIONS}
    return xr.Dataset(variables, coords, about)


def decode_dataset(ds: xr.Dataset) -> xr.Dataset:
    """Restore the dataset from the result of :func:`encode_dataset`, as far as NetCDF allows."""
    ds = ds.copy()
    for variable in ds.variables.values():
        attributes = dict(variable.attrs)
        for key in attributes.pop(ADDED, "").split():
            attributes.pop(key)
        if WORDS in attributes:
            attributes["units"] = attributes.pop(WORDS)
        variable.attrs = attributes
    usual = _usual(ds.attrs)
    ds.attrs = {key: value for key, value in ds.attrs.items() if key not in usual or value != usual[key]}
    return ds.rename({name: v.attrs.pop(ADDRESS) for name, v in ds.variables.items() if ADDRESS in v.attrs})


def _usual(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the default attributes of every file."""
    made = f"computed by lockin_sim {attributes.get('version', '')}".strip()
    return {"Conventions": CONVENTIONS, "title": "Results of lockin_sim", "history": made}


def _encoded(name: str, written: str, variable: xr.Variable, ds: xr.Dataset) -> dict[str, Any]:
    """Build the NetCDF attributes of a variable."""
    attributes = plain(variable.attrs)
    has, words = "units" in attributes, str(attributes.pop("units", ""))
    added: dict[str, Any] = {} if "long_name" in attributes else {"long_name": name.replace("_", " ")}
    encoded = dict(attributes)
    if "flag_values" in attributes:
        encoded["flag_values"] = _alike(variable, attributes["flag_values"])
    elif variable.dtype == np.bool_ or words == TRUTH:
        added |= {"flag_values": _alike(variable, [0, 1]), "flag_meanings": "false true"}
    elif words == OF_VENDORS and "vendor" in ds.coords:
        labels = [re.sub(r"[^\w.+@-]", "_", str(label)) for label in ds["vendor"].values]
        meant = " ".join(["none", *labels])
        added |= {"flag_values": _alike(variable, range(-1, len(labels))), "flag_meanings": meant}
    elif variable.dtype.kind in "iuf":
        added["units"] = udunits(words)
    if has and added.get("units") == words:
        encoded["units"] = added.pop("units")
    elif has:
        encoded[WORDS] = words
    if written != name:
        encoded[ADDRESS] = name
    return encoded | added | ({ADDED: " ".join(added)} if added else {})


def _alike(variable: xr.Variable, values: Iterable[int]) -> NDArray[Any]:
    """Convert flag values to the type of their variable; NetCDF 3 has no 64-bit integers."""
    own: np.dtype[Any] = variable.dtype
    if own.kind == "b":
        own = np.dtype(np.int8)
    elif own.kind == "i" and own.itemsize > 4:
        own = np.dtype(np.int32)
    return np.array(list(values)).astype(own)


def _names(names: list[str]) -> dict[str, str]:
    """Map each name to a unique CF name."""
    by_name: dict[str, str] = {}
    for name in names:
        bare = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")[:200]
        stem = bare if bare[:1].isalpha() else f"of_{bare}"
        numbered = (f"{stem}_{number}" for number in itertools.count(2))
        by_name[name] = next(n for n in itertools.chain([stem], numbered) if n not in by_name.values())
    return by_name


# --- files ---


def write_dataset(ds: xr.Dataset, path: Path) -> None:
    """Write a dataset as NetCDF 3 by the CF Conventions, atomically."""
    from xarray.backends import ScipyDataStore

    # not to_netcdf, which imports Dask's cluster where it is installed, to share a lock that nobody waits for
    with write_atomically(path) as new, closing(ScipyDataStore(str(new), mode="w", lock=False)) as store:
        encode_dataset(ds).dump_to_store(store)


#: Errors from damaged files.
_DAMAGED = (OSError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, MemoryError)


def read_dataset(path: Path) -> xr.Dataset:
    """Read a dataset into memory.  Raises InputError for a file that is missing or damaged."""
    import xarray as xr

    if path.exists():
        check_regular(path)
    try:
        with xr.open_dataset(path, engine="scipy") as opened:
            ds = opened.load()
    except FileNotFoundError as error:
        text = "this file is missing; allowed: a folder with all that its manifest lists."
        raise InputError(f"{path}: {text}") from error
    except _DAMAGED as error:
        raise InputError(f"{path}: a damaged file, or not NetCDF ({error})") from error
    # restore the types of whole numbers and texts, of which NetCDF 3 has short ones only
    kinds: dict[str, Any] = {"i": np.int64, "O": np.str_}
    own = {name: v.astype(kinds.get(v.dtype.kind, v.dtype)) for name, v in ds.variables.items()}
    ds = ds.assign_coords({name: own[name] for name in ds.coords})
    ds = ds.assign({name: own[name] for name in ds.data_vars})
    attributes = {k: v.item() if isinstance(v, np.generic) else v for k, v in ds.attrs.items()}
    return decode_dataset(ds.drop_encoding().assign_attrs(attributes))

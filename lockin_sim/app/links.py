"""Policies in the address of the page: who opens a copied link sees what was built."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from lockin_sim.app.limits import MOST_POLICIES
from lockin_sim.app.written import as_toml, scenario_of
from lockin_sim.errors import unusable
from lockin_sim.policies import scenarios
from lockin_sim.scenario import Scenario, load_scenario

#: Name in the address, once for each policy.
KEY = "policy"

#: Begins a policy that stands in the address as a whole; a built-in one stands there by its name.
_WHOLE = "~"

#: Most signs of one policy in an address, and most bytes of its text.
_SIGNS, _BYTES = 8_000, 200_000


def search_of(policies: Sequence[Scenario]) -> str:
    """What stands behind the address of a page with these policies: '?policy=eu_package'.

    Nothing where one of them is too long for an address: a file can hold it.
    """
    packed = [_packed(policy) for policy in policies]
    fit = all(len(text) <= _SIGNS for text in packed)
    return "?" + urlencode([(KEY, text) for text in packed]) if fit else ""


def linked(arguments: Mapping[str, Sequence[bytes]]) -> list[Scenario]:
    """The policies of an address that somebody opened; none where it names none.

    arguments  values by name, as a server hands them on
    Raises InputError for what is no policy, as for a file, or for too many.
    """
    given = list(arguments.get(KEY, ()))
    if len(given) > MOST_POLICIES:
        raise unusable("the link: policies", found=len(given), allowed=f"at most {MOST_POLICIES}")
    return [_unpacked(text.decode("utf-8", "replace")) for text in given]


def _packed(policy: Scenario) -> str:
    """A built-in policy's name, or the text of another, compressed."""
    if policy.name in scenarios() and load_scenario(policy.name) == policy:
        return policy.name
    text = zlib.compress(as_toml(policy).encode(), 9)
    return _WHOLE + base64.urlsafe_b64encode(text).decode().rstrip("=")


def _unpacked(text: str) -> Scenario:
    """The scenario of a link: a name, or the whole of it.  Raises InputError for any other text."""
    if not text.startswith(_WHOLE):
        if text not in scenarios():
            allowed = "the name of a built-in policy, or one as a copied link has it"
            raise unusable("the link: policy", found=text[:60], allowed=allowed)
        return load_scenario(text)
    broken = "a policy as a copied link has it, complete"
    if len(text) > _SIGNS:
        raise unusable("the link: policy", found=f"{len(text)} signs", allowed=f"{_SIGNS} at most")
    content = text.removeprefix(_WHOLE)
    try:
        packed = base64.b64decode(content + "=" * (-len(content) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj()
        said = unpacking.decompress(packed, _BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise unusable("the link: policy", found=f"{text[:20]}...", allowed=broken) from error
    if not unpacking.eof:
        raise unusable("the link: policy", found=f"{text[:20]}...", allowed=broken)
    return scenario_of(said, "the link")

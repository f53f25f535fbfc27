"""Encode the policies and settings of a page as the text of its address, and decode them again.

Invalid addresses are refused.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from lockin_sim.app.drafts import format_scenario, parse_scenario
from lockin_sim.app.session import MOST_POLICIES
from lockin_sim.common.errors import check_whole_number, unknown_name, unusable
from lockin_sim.settings.policies import scenarios
from lockin_sim.settings.scenario import Scenario, load_scenario

#: Name in the address, once for each policy.
KEY = "policy"

#: Begins a policy that stands in the address as a whole; a built-in one stands there by its name.
_WHOLE = "~"

#: Most characters of one policy in an address, and most bytes of its text.
_SIGNS, _BYTES = 8_000, 200_000

#: What messages call an address, and the text of a setting where a control is empty.
LINK, NOTHING = "the link", "none"


class AddressedControl(NamedTuple):
    """A control whose value is part of the address if it differs from the default.

    control  widget of the page, whose attribute ``parameter`` holds the value
    usual    returns the default value, which holds for an address without this setting
    words    for a choice: returns the allowed values by their text in the address; None = a number
    """

    control: Any
    usual: Callable[[], Any]
    words: Callable[[], Mapping[str, Any]] | None = None
    parameter: str = "value"

    @classmethod
    def of(cls, control: Any, usual: Callable[[], Any] | None = None) -> AddressedControl:
        """Build the address setting of a control; its default is the control's initial value.

        usual  returns another default
        """
        begins = control.value
        choice = (lambda: _index_by_text(control.options)) if hasattr(control, "options") else None
        return cls(control, usual or (lambda: begins), choice)

    @property
    def text(self) -> str:
        """Value of the control as text of the address; "" for the default."""
        value = getattr(self.control, self.parameter)
        if value == self.usual():
            return ""
        if self.words is not None:
            return next(text for text, each in self.words().items() if each == value)
        return NOTHING if value is None else str(value)

    def read(self, text: str, where: str) -> Any:
        """Parse the value of a text.  Raises InputError for a value that cannot be set.

        where  name of the setting in messages
        """
        if self.words is not None:
            words = self.words()
            if text not in words:
                raise unknown_name(where, found=text[:60], known=words)
            return words[text]
        if text == NOTHING and self.usual() is None:
            return None
        if isinstance(self.usual(), int):
            whole = int(text) if re.fullmatch(r"-?\d{1,9}", text) else text[:60]
            return check_whole_number(where, whole, least=self.control.start or 0, most=self.control.end)
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise unusable(where, found=text[:60], allowed="a number")
        return number

    def set(self, value: Any) -> None:
        """Set the value of the control."""
        setattr(self.control, self.parameter, value)


def _index_by_text(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of options by their text in the address."""
    return {str(value): value for value in options.values()}


def parse_query(search: str) -> dict[str, list[bytes]]:
    """Parse the query string of an address into values by name, as a server passes them on."""
    named = parse_qs(search.removeprefix("?"), keep_blank_values=True)
    return {name: [value.encode() for value in values] for name, values in named.items()}


def build_query(policies: Sequence[Scenario], settings: Mapping[str, AddressedControl]) -> str:
    """Build the query string of a page: '?policy=eu_package&year=2040'.

    A policy too long for an address is replaced by a mark that is refused on reading: a file can hold it.
    """
    said = [(KEY, _encode_policy(policy)) for policy in policies]
    said += [(name, setting.text) for name, setting in settings.items() if setting.text]
    return "?" + urlencode(said)


def is_too_long(policy: Scenario) -> bool:
    """Whether a policy is too long for an address."""
    return _encode_policy(policy) == _WHOLE


def read_policies(arguments: Mapping[str, Sequence[bytes]]) -> list[Scenario]:
    """Return the policies of an address; an empty list for an address without policies.

    Raises InputError for an invalid policy, as for a file, or for too many.
    """
    named = list(arguments.get(KEY, ()))
    if len(named) > MOST_POLICIES:
        raise unusable(f"{LINK}: policies", found=len(named), allowed=f"at most {MOST_POLICIES}")
    return [_decode_policy(text.decode("utf-8", "replace")) for text in named]


def read_settings(
    arguments: Mapping[str, Sequence[bytes]], settings: Mapping[str, AddressedControl]
) -> dict[str, Any]:
    """Return the value of every setting by name, the default for a setting absent from the address.

    Raises InputError for an unknown name, a repeated name, and an invalid value.
    """
    for name, texts in arguments.items():
        if name != KEY and name not in settings:
            raise unknown_name(LINK, found=name[:60], known=[KEY, *settings])
        if name != KEY and len(texts) > 1:
            raise unusable(f"{LINK}: {name}", words=f"{len(texts)} values", allowed="one value")
    return {
        name: setting.read(arguments[name][0].decode("utf-8", "replace"), f"{LINK}: {name}")
        if name in arguments
        else setting.usual()
        for name, setting in settings.items()
    }


def _encode_policy(policy: Scenario) -> str:
    """Encode a policy for an address: its built-in name, the compressed policy, or "~" if too long."""
    if policy.name in scenarios() and load_scenario(policy.name) == policy:
        return policy.name
    whole = zlib.compress(format_scenario(policy).encode(), 9)
    text = _WHOLE + base64.urlsafe_b64encode(whole).decode().rstrip("=")
    return text if len(text) <= _SIGNS else _WHOLE


def _decode_policy(text: str) -> Scenario:
    """Decode the policy of a link: a built-in name, or a compressed policy.

    Raises InputError for any other text.
    """
    if not text.startswith(_WHOLE):
        if text not in scenarios():
            raise unknown_name(f"{LINK}: policy", found=text[:60], known=scenarios())
        return load_scenario(text)
    if len(text) > _SIGNS:
        raise unusable(f"{LINK}: policy", words=f"{len(text)} characters", allowed=f"{_SIGNS} at most")
    content = text.removeprefix(_WHOLE)
    unpacking = zlib.decompressobj()
    try:
        packed = base64.b64decode(content + "=" * (-len(content) % 4), altchars=b"-_", validate=True)
        said = unpacking.decompress(packed, _BYTES)
    except (binascii.Error, ValueError, zlib.error):
        said = b""
    if not unpacking.eof:
        allowed = "a policy as a copied link has it, complete"
        raise unusable(f"{LINK}: policy", found=f"{text[:20]}...", allowed=allowed)
    return parse_scenario(said, LINK)

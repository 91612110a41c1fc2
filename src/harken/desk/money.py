"""Sums of money: exact, by currency, written as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision

from ..errors import Invalid
from ..model.outcome import MAX_AMOUNT

CURRENCIES = frozenset(code for code in get_global("all_currencies") if len(code) == 3 and code.isalpha())
"""ISO 4217 codes, old ones too."""


def currency_named(text: str) -> str:
    """The code that somebody wrote; empty for none. Raises Invalid."""
    code = text.strip().upper()
    if code and code not in CURRENCIES:
        raise Invalid("A currency is a code of three letters such as EUR or USD.", "currency")
    return code


def amount_of(text: str, currency: str) -> int | None:
    """What somebody wrote, in the smallest unit of the currency: `1,250.50` and `1250,5` are 125050 cents.

    None for nothing. The last comma or point followed by one to three digits ends the whole part unless it can only
    part thousands. Raises Invalid for what is no sum, has more places than the currency, or lacks a currency.
    """
    text = "".join(text.split()).replace("'", "").replace("’", "")
    if not text:
        return None
    if not currency:
        raise Invalid("Say in which currency, such as EUR.", "currency")
    places = get_currency_precision(currency)
    wrong = Invalid(f"The value is a sum such as 120 or 120.50; {currency} has {places} places.", "value")
    if not all(char in "0123456789.," for char in text) or not text[0].isdigit() or not text[-1].isdigit():
        raise wrong
    at = max(text.rfind("."), text.rfind(","))
    whole, rest = (text[:at], text[at + 1 :]) if at >= 0 else (text, "")
    mark = text[at] if at >= 0 else ""
    if len(rest) == 3 and places != 3 and (text.count(mark) > 1 or not set(".,") - {mark} & set(whole)):
        whole, rest = whole + mark + rest, ""  # 1,250 and 1.250.000: thousands
    groups = whole.replace(",", ".").split(".")
    grouped = len(groups) == 1 or (len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))
    if len(rest) > places or not grouped:
        raise wrong
    try:
        found = int(Decimal(f"{''.join(groups)}.{rest or '0'}").scaleb(places))
    except InvalidOperation:
        raise wrong from None
    if found > MAX_AMOUNT:
        raise Invalid("That is more than can be written down here.", "value")
    return found


def written(amount: int, currency: str, language: str = "en") -> str:
    """A sum as a reader of that language writes it."""
    return str(format_currency(Decimal(amount).scaleb(-get_currency_precision(currency)), currency, locale=language))


def plain(amount: int, currency: str) -> str:
    """A sum for programs and tables: digits and a point."""
    return str(Decimal(amount).scaleb(-get_currency_precision(currency)))


def parted(amount: int, sharers: Sequence[int]) -> dict[int, int]:
    """What of a sum falls to each: parts as alike as whole units allow, which add up to the sum; the first get more."""
    if not sharers:
        return {}
    each, rest = divmod(amount, len(sharers))
    return {one: each + (place < rest) for place, one in enumerate(sorted(sharers))}

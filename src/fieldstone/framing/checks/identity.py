"""What personal data look like: patterns, and check digits where there are any, against numbers that only look so."""

import re
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")
_PHONE = re.compile(r"\+\d[\d ()./-]{6,18}\d|\(\d{3}\) ?\d{3}-\d{4}|\d{3}[-. ]\d{3}[-. ]\d{4}|0\d{2,4}[ /-]\d{5,8}")
_CARD = re.compile(r"\d(?:[ -]?\d){12,18}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
_NATIONAL = re.compile(
    r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}"  # United States
    r"|[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]"  # United Kingdom
    r"|756\.\d{4}\.\d{4}\.\d{2}"  # Switzerland
    r"|[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]"  # Italy
)
_SPANISH = re.compile(r"(\d{8})-?([A-HJ-NP-TV-Z])")
_FREQUENT = """
adam ahmed aisha alex alexander ali alice amanda amy ana andrea andreas andrew angela anna anne anthony antonio ben
benjamin brian carlos carmen carol caroline catherine charles charlotte chris christian christine christopher clara
claire daniel david diana diego elena elizabeth ella emily emma eric eva fatima felix fernando francesco frank
gabriel george giulia grace hannah hans helen henry ibrahim ines isabella ivan jack jacob james jan jane jean
jennifer jessica joao johan john jonas jorge jose joseph juan julia karen kate kevin laura lena leo linda lisa louis
luca lucas lucia luis maria marie mario mark marta martin mary matthew max mehmet mia michael miguel mohamed
mohammed monika nadia natalia nicolas nina noah nora olga oliver olivia omar oscar pablo patricia patrick paul paula
pedro peter petra pierre rachel richard robert rosa sam samuel sandra sara sarah simon sofia sophia sophie stefan
stephen susan thomas tim tom victoria wei william yan yuki yusuf zoe
"""
_NAMES = frozenset(_FREQUENT.split())
"""First names frequent enough that a column of names holds many of them."""


def is_card(text: str) -> bool:
    """Return whether a text is a card number: 13 to 19 digits of a card scheme, the last a valid check digit (Luhn)."""
    if not _CARD.fullmatch(text):
        return False
    digits = [int(sign) for sign in text if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return digits[0] in {2, 3, 4, 5, 6} and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_account(text: str) -> bool:
    """Return whether a text is an international bank account number: its check digits leave 1 when divided by 97."""
    if not _IBAN.fullmatch(text):
        return False
    plain = text.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def is_address(text: str) -> bool:
    """Return whether a text is an IP address; one of small numbers only is taken for a version such as 1.2.3.4."""
    if text.count(".") != 3 and text.count(":") < 2:
        return False
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return isinstance(found, IPv6Address) or max(found.packed) > 99


def is_national(text: str) -> bool:
    """Return whether a text is a national id of one of five countries; the Spanish by its check letter."""
    spanish = _SPANISH.fullmatch(text)
    if spanish:
        return "TRWAGMYFPDXBNJZSQVHLCKE"[int(spanish[1]) % 23] == spanish[2]
    return _NATIONAL.fullmatch(text) is not None


def is_named(text: str) -> bool:
    """Return whether a text of up to four words begins, or after a comma goes on, with a frequent first name."""
    words = [word for word in re.split(r"[ ,]+", text.lower()) if word]
    return 1 <= len(words) <= 4 and (words[0] in _NAMES or ("," in text and words[-1] in _NAMES))


def _is_like(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


LOOKS: dict[str, Callable[[str], bool]] = {
    "email address": _is_like(_EMAIL),
    "IP address": is_address,
    "card number": is_card,
    "national id": is_national,
    "bank account": is_account,
    "phone number": _is_like(_PHONE),
    "name": is_named,
}
"""What each kind looks like, value by value."""

"""Filter patterns: which messages a filter wants.

Words: ``ERROR "disk full" -test`` wants both and not the third, ``?ERROR ?WARN`` wants any of them. JSON:
``{ $.level = "ERROR" && $.took > 5 }``; ``json_patterns`` reads those. Patterns of columns (``[a, b]``) and regular
expressions (``%a+%``) are refused.
"""

import re
from collections.abc import Callable
from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.services.logs.json_patterns import PatternError, read_json_pattern

Wanted = Callable[[str], bool]

_TERM: Final = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')


def read_pattern(text: str) -> Wanted:
    """What tells whether a pattern wants a message.

    Raises:
        AwsError: InvalidParameterException, where it is none, or one that is not supported here.
    """
    stripped = text.strip()
    try:
        if stripped.startswith("{"):
            return read_json_pattern(stripped)
        return _read_terms(stripped)
    except (PatternError, RecursionError) as error:
        raise AwsError("InvalidParameterException", f"Invalid filter pattern: {error or 'nested too deeply'}") from None


def _read_terms(text: str) -> Wanted:
    if text.startswith(("[", "%")):
        raise PatternError("patterns of columns and regular expressions are not supported here")
    terms: dict[str, list[str]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None:
            raise PatternError(f"there is no term at {text[at:]!r}")
        sign, quoted, bare = match.groups()
        terms[sign].append(bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        at = match.end()
    needed, optional, unwanted = terms[""], terms["?"], terms["-"]
    return lambda message: (
        all(term in message for term in needed)
        and (bool(needed) or not optional or any(term in message for term in optional))
        and not any(term in message for term in unwanted)
    )

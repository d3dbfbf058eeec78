"""The digests that clients hold what they sent and received against, and what message attributes may be."""

import base64
import hashlib
import re
from typing import Any, Final

from fieldstone.core.errors import AwsError

Attributes = dict[str, dict[str, Any]]
"""Message attributes by name: ``DataType``, and ``StringValue`` or ``BinaryValue``, which is bytes."""

MOST: Final = 10
_TYPE: Final = re.compile(r"(String|Number|Binary)(\..+)?")
_NAME: Final = re.compile(r"[A-Za-z0-9_\-.]{1,256}")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_BAD: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def md5_of(text: str) -> str:
    """The MD5 of a text."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def md5_of_attributes(attributes: Attributes) -> str | None:
    """The MD5 of message attributes, as SQS defines it: each part after its length, by name; None of none."""
    if not attributes:
        return None
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        binary = attribute["DataType"].startswith("Binary")
        value = attribute["BinaryValue"] if binary else attribute["StringValue"].encode()
        for part in (name.encode(), attribute["DataType"].encode()):
            digest.update(len(part).to_bytes(4) + part)
        digest.update((b"\2" if binary else b"\1") + len(value).to_bytes(4) + value)
    return digest.hexdigest()


def size_of(body: str, attributes: Attributes) -> int:
    """The bytes that count as a message's."""
    size = len(body.encode())
    for name, attribute in attributes.items():
        value = attribute.get("BinaryValue", b"") or attribute.get("StringValue", "").encode()
        size += len(name.encode()) + len(attribute["DataType"].encode()) + len(value)
    return size


def check_text(text: str) -> None:
    """Refuse what cannot stand in XML.

    Raises:
        AwsError: InvalidMessageContents.
    """
    found = _BAD.search(text)
    if found is not None:
        words = (
            "Invalid binary character '#x{:X}' was found in the message body, the set of allowed characters is "
            "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
        )
        raise AwsError("InvalidMessageContents", words.format(ord(found[0])))


def check_attributes(attributes: Attributes) -> None:
    """Refuse attributes that messages cannot have.

    Raises:
        AwsError: InvalidParameterValue.
    """
    if len(attributes) > MOST:
        words = f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MOST}]."
        raise AwsError("InvalidParameterValue", words)
    for name, attribute in attributes.items():
        _check(name, attribute)


def _check(name: str, attribute: dict[str, Any]) -> None:
    lower = name.lower()
    if not _NAME.fullmatch(name) or lower.startswith(("aws.", "amazon.")) or ".." in name or name[0] == ".":
        raise AwsError("InvalidParameterValue", f"Message (user) attribute name '{name}' is invalid.")
    found = _TYPE.fullmatch(attribute["DataType"])
    if found is None:
        raise AwsError(
            "InvalidParameterValue",
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String.",
        )
    value = attribute.get("BinaryValue" if found[1] == "Binary" else "StringValue")
    if not value:
        raise AwsError(
            "InvalidParameterValue",
            f"The message attribute '{name}' must contain a non-empty message attribute value for message attribute "
            f"type '{attribute['DataType']}'.",
        )
    if found[1] == "Number" and not _NUMBER.fullmatch(value):
        words = f"Can't cast the value of message (user) attribute '{name}' to a number."
        raise AwsError("InvalidParameterValue", words)
    if isinstance(value, str):
        check_text(value)


def packed(attributes: Attributes) -> Attributes:
    """Attributes as they are kept: bytes as Base64."""
    return {
        name: attribute | {"BinaryValue": base64.b64encode(attribute["BinaryValue"]).decode()}
        if "BinaryValue" in attribute
        else attribute
        for name, attribute in attributes.items()
    }


def unpacked(attributes: Attributes) -> Attributes:
    """Attributes as they were before they were kept."""
    return {
        name: attribute | {"BinaryValue": base64.b64decode(attribute["BinaryValue"])}
        if "BinaryValue" in attribute
        else attribute
        for name, attribute in attributes.items()
    }

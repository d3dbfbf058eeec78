"""Data processing around the model: input filtered, answers joined with what they are of, the outcome filtered.

A row of CSV is an array of columns; a line of JSON Lines and a JSON document are what they are.
"""

from typing import Any

from fieldstone.control.transform.formats import AssociationError, Format, Json, JsonLines
from fieldstone.control.transform.jsonpath import ROOT, InvalidPathError, Path


class Association:
    """What a job's ``DataProcessing`` asks for.

    Args:
        processing: The member of the request.
        content_type: What the input is.
        accept: What the model is to answer.
        by_line: Whether records are lines.

    Raises:
        AssociationError: A path cannot be read, or does not fit the formats.
    """

    def __init__(self, processing: dict[str, str], content_type: str, accept: str, *, by_line: bool) -> None:
        self._given = _format(content_type, by_line=by_line)
        self._answered = _format(accept or content_type, by_line=by_line)
        self._joins = processing.get("JoinSource", "None") == "Input"
        self._input = _path(processing.get("InputFilter", ROOT), self._given)
        self._output = _path(processing.get("OutputFilter", ROOT), self._answered)
        if self._joins and type(self._given) is not type(self._answered):
            raise AssociationError(f"Fail to join data: {content_type} cannot be joined with {accept}")

    def outgoing(self, body: bytes) -> bytes:
        """What the model is to see of a payload.

        Raises:
            AssociationError: It cannot be read, or has not what is asked for.
        """
        if self._input is None:
            return body
        return self._given.write(_filtered(self._given, self._input, self._given.read(body, "input"), "InputFilter"))

    def incoming(self, body: bytes, answer: bytes) -> bytes:
        """What goes into the output for a payload and the model's answer.

        Raises:
            AssociationError: The answer cannot be read, or does not fit the payload.
        """
        records = self._answered.read(answer, "output from the algorithm")
        if self._joins:
            given = self._given.read(body, "input")
            if len(given) != len(records):
                raise AssociationError(
                    "Fail to join data: mismatched line count between the input and the output: "
                    f"{len(given)} and {len(records)}"
                )
            records = self._given.join(given, records)
        if self._output is not None:
            records = _filtered(self._answered, self._output, records, "OutputFilter")
        return self._answered.write(records)


def association_of(job: dict[str, Any]) -> Association | None:
    """What a job asks for; None where the model sees all of the input, and the output is what the model says.

    Raises:
        AssociationError: It cannot be done.
    """
    processing: dict[str, str] = job.get("DataProcessing", {})
    idle = {"InputFilter": ROOT, "OutputFilter": ROOT, "JoinSource": "None"}
    if idle | processing == idle:
        return None
    given, wanted = job["TransformInput"], job["TransformOutput"]
    by_line = given.get("SplitType", "None") == "Line"
    return Association(processing, given.get("ContentType", ""), wanted.get("Accept", ""), by_line=by_line)


def _path(text: str, of: Format) -> Path | None:
    if text == ROOT:
        return None
    try:
        path = Path(text)
    except InvalidPathError as error:
        raise AssociationError(str(error)) from None
    if not of.has_names and not path.selects_columns:
        raise AssociationError(f"Invalid JsonPath: {text}: only index-based paths can be applied to CSV")
    return path


def _filtered(of: Format, path: Path, records: Any, member: str) -> Any:
    try:
        return of.select(path, records)
    except AssociationError as error:
        raise AssociationError(f"{member} {error}") from None


def _format(content_type: str, *, by_line: bool) -> Format:
    match content_type.partition(";")[0].strip().lower():
        case "text/csv":
            from fieldstone.control.transform.delimited import Csv  # noqa: PLC0415 - takes long, and is seldom needed

            return Csv()
        case "application/jsonlines":
            return JsonLines()
        case "application/json":
            return JsonLines() if by_line else Json()
        case _:
            raise AssociationError(
                "DataProcessing needs a ContentType and an Accept of text/csv, application/json or "
                f"application/jsonlines, not {content_type or 'none'}"
            )

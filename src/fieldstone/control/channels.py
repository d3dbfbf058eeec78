"""Input channels: which stored files a job finds under which names."""

from typing import Any

from fieldstone.contract.paths import Layout
from fieldstone.control.failures import client_error
from fieldstone.core.errors import AwsError
from fieldstone.core.s3uri import S3Uri, parse_s3_uri
from fieldstone.engine.workspace import Input
from fieldstone.services.operation import Context
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.store.blobs import Blobs
from fieldstone.store.objects import StoredObject

_FILE_MODES = frozenset({"File", "FastFile"})


def channel_inputs(ctx: Context, blobs: Blobs, layout: Layout, job: dict[str, Any]) -> list[Input]:
    """The files of every channel of a training job's document.

    Raises:
        JobFailedError: A channel asks for what is not there, or for what cannot be given yet.
    """
    mode = job["AlgorithmSpecification"]["TrainingInputMode"]
    inputs: list[Input] = []
    for channel in job.get("InputDataConfig", []):
        source = _check(channel, mode)
        folder = layout.channel(channel["ChannelName"])
        for name, found in objects_below(ctx, source):
            files = ctx.store.extents.files(found.blob)
            inputs.append(Input(tuple(map(blobs.path, files)), folder, name))
    return inputs


def objects_below(ctx: Context, source: S3Uri) -> list[tuple[str, StoredObject]]:
    """The objects whose key begins with the source's, each with its path below the source.

    Raises:
        JobFailedError: There is none, in AWS's words.
    """
    try:
        bucket = find_bucket(ctx, {"Bucket": source.bucket})
    except AwsError as error:
        raise _no_data(ctx, source) from error
    found = ctx.store.objects.with_prefix(bucket.uid, source.key)
    named = [(relative_name(source.key, item.key.decode()), item) for item in found if not item.key.endswith(b"/")]
    if not named:
        raise _no_data(ctx, source)
    return named


def relative_name(prefix: str, key: str) -> str:
    """The path of a key below a prefix taken as a folder; below its last folder, where it is none itself."""
    folder = prefix.rstrip("/") + "/"
    if prefix and key.startswith(folder):
        return key.removeprefix(folder)
    return key.removeprefix(prefix[: prefix.rfind("/") + 1])


def _check(channel: dict[str, Any], job_mode: str) -> S3Uri:
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise client_error(f"channel {channel['ChannelName']}: only S3DataSource is supported here yet")
    wishes = {
        "S3DataType": (source["S3DataType"], {"S3Prefix"}),
        "InputMode": (channel.get("InputMode", job_mode), _FILE_MODES),
        "CompressionType": (channel.get("CompressionType", "None"), {"None"}),
        "RecordWrapperType": (channel.get("RecordWrapperType", "None"), {"None"}),
    }
    for member, (value, supported) in wishes.items():
        if value not in supported:
            raise client_error(
                f"channel {channel['ChannelName']}: {member} {value} is not supported here yet; "
                f"use {' or '.join(sorted(supported))}"
            )
    try:
        return parse_s3_uri(source["S3Uri"])
    except ValueError as error:
        raise client_error(f"channel {channel['ChannelName']}: {error}") from None


def _no_data(ctx: Context, source: S3Uri) -> Exception:
    return client_error(
        f'Data download failed: No S3 objects found under S3 URL "{source}" given in input data source. Please ensure '
        f"that the bucket exists in the selected region ({ctx.region}), that objects exist under that S3 prefix, and "
        f'that the role "{ctx.caller.arn}" has "s3:ListBucket" permissions on bucket "{source.bucket}".'
    )

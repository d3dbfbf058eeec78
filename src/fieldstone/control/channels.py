"""Input channels: which stored files a job finds under which names, on which host."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldstone.contract.paths import Layout
from fieldstone.control.failures import client_error
from fieldstone.control.hosts import Host
from fieldstone.core.errors import AwsError
from fieldstone.core.s3uri import S3Uri, parse_s3_uri
from fieldstone.engine.dealing import WHOLE, Share, deal
from fieldstone.engine.feeds import Feed, Part, Stored
from fieldstone.engine.workspace import Input
from fieldstone.services.operation import Context
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.store.objects import StoredObject


@dataclass(frozen=True, slots=True)
class Channel:
    """What a job wants to find where.

    Attributes:
        name: As the user calls it.
        source: The objects' prefix, or a manifest.
        folder: Where its files go in the job's eyes; pipes have their epoch added to this.
        data_type: S3Prefix, ManifestFile or AugmentedManifestFile.
        mode: File, FastFile or Pipe.
        sharded: Whether each host gets its share; else each gets all.
        seed: Shuffles, where it is given.
        unzip: Whether pipes deliver the objects unzipped.
        wrap: Whether pipes deliver each object as a RecordIO record.
        attributes: Of an augmented manifest: which, and in which order.
        groups: The instance groups that get it; none for all.
        own: Whether the job may write to the files, and there need not be any: checkpoints.
    """

    name: str
    source: S3Uri
    folder: str
    data_type: str = "S3Prefix"
    mode: str = "File"
    sharded: bool = False
    seed: int | None = None
    unzip: bool = False
    wrap: bool = False
    attributes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    own: bool = False

    def share(self, hosts: Sequence[Host], host: int) -> Share | None:
        """What of it one of the hosts gets; None for nothing at all."""
        members = [other for other in hosts if not self.groups or other.group in self.groups]
        if hosts[host] not in members:
            return None
        return Share(members.index(hosts[host]), len(members)) if self.sharded else WHOLE


@dataclass(frozen=True, slots=True)
class Record:
    """A piece of a channel: an object and its path in the channel's folder, or a line of an augmented manifest."""

    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """What one host finds: folders, files in them, and pipes."""

    folders: list[Path] = field(default_factory=list[Path])
    inputs: list[Input] = field(default_factory=list[Input])
    feeds: list[Feed] = field(default_factory=list[Feed])

    def add(self, channel: Channel, records: Sequence[Record], layout: Layout, share: Share) -> None:
        """Add a share of a channel."""
        place = layout.rebase(channel.folder)
        if channel.mode == "Pipe":
            delivered = tuple(record.parts for record in records)
            self.feeds.append(Feed(str(place), delivered, share, channel.seed, channel.unzip, channel.wrap))
            return
        self.folders.append(place)
        for record in dict.fromkeys(deal(records, share, channel.seed)):
            sources = tuple(Path(file) for part in record.parts if isinstance(part, Stored) for file in part.files)
            self.inputs.append(Input(sources, place, record.name, writable=channel.own))


def training_channels(job: dict[str, Any]) -> list[Channel]:
    """The channels of a training job's document.

    Raises:
        JobFailedError: The address of one is none.
    """
    mode = job["AlgorithmSpecification"]["TrainingInputMode"]
    return [_training_channel(channel, mode) for channel in job.get("InputDataConfig", [])]


def objects_below(ctx: Context, source: S3Uri) -> list[tuple[str, StoredObject]]:
    """The objects whose key begins with the source's, each with its path below the source.

    Raises:
        JobFailedError: There is none, in AWS's words.
    """
    try:
        bucket = find_bucket(ctx, {"Bucket": source.bucket})
    except AwsError as error:
        raise no_data(ctx, source) from error
    found = ctx.store.objects.with_prefix(bucket.uid, source.key)
    named = [(relative_name(source.key, item.key.decode()), item) for item in found if not is_folder(item)]
    if not named:
        raise no_data(ctx, source)
    return named


def is_folder(item: StoredObject) -> bool:
    """Whether an object only stands for a folder, as the console makes them."""
    return item.key.endswith(b"/") and item.size == 0


def relative_name(prefix: str, key: str) -> str:
    """The path of a key below a prefix taken as a folder; below its last folder, where it is none itself."""
    folder = prefix.rstrip("/") + "/"
    if prefix and key.startswith(folder):
        return key.removeprefix(folder)
    return key.removeprefix(prefix[: prefix.rfind("/") + 1])


def no_data(ctx: Context, source: S3Uri) -> Exception:
    """The failure of a job whose data are not there, in AWS's words."""
    return client_error(
        f'Data download failed: No S3 objects found under S3 URL "{source}" given in input data source. Please ensure '
        f"that the bucket exists in the selected region ({ctx.region}), that objects exist under that S3 prefix, and "
        f'that the role "{ctx.caller.arn}" has "s3:ListBucket" permissions on bucket "{source.bucket}".'
    )


def contents_of(
    found: Sequence[tuple[Channel, Sequence[Record]]], layout: Layout, hosts: Sequence[Host], host: int
) -> Contents:
    """What one of the hosts finds of a job's channels."""
    contents = Contents()
    for channel, records in found:
        share = channel.share(hosts, host)
        if share is not None:
            contents.add(channel, records, layout, share)
    return contents


def _training_channel(channel: dict[str, Any], job_mode: str) -> Channel:
    name, source = channel["ChannelName"], channel["DataSource"]["S3DataSource"]
    try:
        uri = parse_s3_uri(source["S3Uri"])
    except ValueError as error:
        raise client_error(f"channel {name}: {error}") from None
    return Channel(
        name=name,
        source=uri,
        folder=str(Layout().channel(name)),
        data_type=source["S3DataType"],
        mode=channel.get("InputMode", job_mode),
        sharded=source.get("S3DataDistributionType") == "ShardedByS3Key",
        seed=channel.get("ShuffleConfig", {}).get("Seed"),
        unzip=channel.get("CompressionType") == "Gzip",
        wrap=channel.get("RecordWrapperType") == "RecordIO",
        attributes=tuple(source.get("AttributeNames", ())),
        groups=tuple(source.get("InstanceGroupNames", ())),
    )

"""Bucket settings as documents: one implementation of put, get and delete, bound to a Setting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Handler, Request, read, write
from fieldstone.services.s3.buckets import SETTING, find_bucket
from fieldstone.store.resources import Row

Document = dict[str, Any]


def _nothing(_: Document) -> None:
    """Any document will do."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A kind of document that a bucket has.

    Attributes:
        name: Under which it is kept.
        member: The member of Put's request that holds it.
        wrapped: Whether the answer to Get holds it as the same member, or is the document itself.
        missing: The code and the message of the error where there is none; None where ``default`` is answered.
        default: What is so while nothing is set.
        check: Raises an AwsError for a document that cannot be.
        noted: Called with the bucket's row and the new document (None when it is deleted), to keep in ``internal`` what
            every request must know.
    """

    name: str
    member: str
    wrapped: bool = False
    missing: tuple[str, str] | None = None
    default: Document | None = None
    check: Callable[[Document], None] = _nothing
    noted: Callable[[Row, Document | None], None] | None = None


def putting(setting: Setting) -> Handler:
    """The operation that sets a document."""

    @write
    def put(ctx: Context, request: Request) -> Answer:
        """Keep the document in place of the one before."""
        bucket = find_bucket(ctx, request)
        document: Document = request[setting.member]
        setting.check(document)
        store_setting(ctx, bucket, setting, document)
        return {}

    return put


def getting(setting: Setting) -> Handler:
    """The operation that answers with a document."""

    @read
    def get(ctx: Context, request: Request) -> Answer:
        """What was set, or what is so while nothing is."""
        document = find_setting(ctx, find_bucket(ctx, request), setting)
        if not document and setting.missing is not None:
            raise missing(setting, request)
        return {setting.member: document} if setting.wrapped else document or {}

    return get


def deleting(setting: Setting) -> Handler:
    """The operation that takes a document away."""

    @write
    def delete(ctx: Context, request: Request) -> Answer:
        """Take the document away, if there is one."""
        store_setting(ctx, find_bucket(ctx, request), setting, None)
        return {}

    return delete


def find_setting(ctx: Context, bucket: Row, setting: Setting) -> Document | None:
    """What is set, or else the default; empty where that was deleted."""
    row = ctx.store.resources.find(SETTING, "", "", f"{bucket.name}/{setting.name}")
    return setting.default if row is None else row.document


def store_setting(ctx: Context, bucket: Row, setting: Setting, document: Document | None) -> None:
    """Keep a document; None deletes it, and a default with it."""
    name = f"{bucket.name}/{setting.name}"
    row = ctx.store.resources.find(SETTING, "", "", name)
    if document is None and (setting.missing is None or setting.default is None):
        if row is not None:
            ctx.store.resources.delete(row)
    elif row is None:
        arn = f"{bucket.arn}?{setting.name}"
        new = Row(SETTING.name, "", "", name, arn, document or {}, created=ctx.now, modified=ctx.now)
        ctx.store.resources.insert(new)
    else:
        row.document, row.modified = document or {}, ctx.now
        ctx.store.resources.update(row)
    if setting.noted is not None:
        setting.noted(bucket, document)
        ctx.store.resources.update(bucket)


def missing(setting: Setting, request: Request) -> AwsError:
    """The error for a document that is not there."""
    assert setting.missing is not None
    code, words = setting.missing
    return AwsError(code, words, 404, BucketName=request["Bucket"])

"""Files that a crash left behind."""

from tests.conftest import wait_until
from tests.control.storage.conftest import OWNER

from fieldstone.control.storage.orphans import collect_orphans
from fieldstone.core.eventlog import format_event
from fieldstone.services.logs.groups import find_stream, open_stream


def test_files_that_no_row_names_are_removed_at_start(houses):
    """Those of objects, versions, parts and uploads stay."""
    house = houses()
    house.do("create_bucket")
    house.do("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    house.put("object", b"first")
    house.put("object", b"second")
    for key in ("whole", "unfinished"):
        upload = house.do("create_multipart_upload", Key=key)["UploadId"]
        body = house.store.blobs.store([b"part"])
        part = house.do("upload_part", Key=key, UploadId=upload, PartNumber=1, Body=body)
        if key == "whole":
            told = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
            house.do("complete_multipart_upload", Key=key, UploadId=upload, MultipartUpload=told)
    named = house.files()
    for number in range(100):
        house.store.blobs.store([b"orphan %d" % number])
    house = houses()

    assert house.runner.run(collect_orphans(house.store)) == 100
    wait_until(lambda: house.settle() == named)


def test_log_events_of_streams_that_are_gone_are_removed_at_start(houses):
    """Those of others stay."""
    house = houses()
    for stream in ("kept", "gone"):
        house.runner.run(house.dispatch.write(OWNER, lambda ctx, stream=stream: open_stream(ctx, "g", stream, stream)))
        house.store.logs.path(stream).write_text(format_event(1, "a"))
    house.runner.run(house.dispatch.write(OWNER, lambda ctx: ctx.store.resources.delete(find_stream(ctx, "g", "gone"))))

    assert house.runner.run(collect_orphans(house.store)) == 1
    house.settle()
    wait_until(lambda: house.store.logs.ids() == ["kept"])


def test_a_file_that_an_upload_is_bringing_stays(houses):
    """Its row is on the way; the files begun since the start are not looked at."""
    house = houses()
    house.do("create_bucket")
    blob = house.store.blobs.store([b"on the way"])
    assert house.runner.run(collect_orphans(house.store)) == 0
    house.do("put_object", Key="key", Body=blob)

    assert house.files() == {blob.id}

"""Listing a bucket."""

import itertools
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.services.conftest import refusal

LETTERS = ["a", "b", "/", "/", ".", "-", "%", "é", "漢", " ", "+", "\U0001f331", "&", "A"]
DELIMITERS = ["", "/", "a", "//", "é", "ab", "%"]


def list_by_force(keys, prefix="", delimiter="", after=""):
    """What a listing has to hold, worked out the long way: (key or common prefix, whether it is one)."""
    found = []
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix) or key.encode() <= after.encode():
            continue
        head, cut, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        entry = (prefix + head + cut, True) if cut else (key, False)
        if entry not in found:
            found.append(entry)
    return found


def entries_of(page):
    """A page's entries, in the order of a whole listing."""
    listed = [(item["Key"], False) for item in page.get("Contents", [])]
    listed += [(item["Prefix"], True) for item in page.get("CommonPrefixes", [])]
    return sorted(listed, key=lambda entry: entry[0].encode())


def random_keys(seed, count):
    rng = random.Random(seed)
    return {"".join(rng.choices(LETTERS, k=rng.randint(1, 6))) for _ in range(count)}


@pytest.fixture
def fill(s3, bucket):
    """Put empty objects under keys."""

    def fill(keys):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b""), keys))

    return fill


@pytest.mark.parametrize("version", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("seed", range(3))
def test_any_listing_is_what_it_is_by_force(s3, bucket, fill, version, seed):
    """Random keys, prefixes and delimiters, and pages of every size: always full, nothing twice, nothing left out."""
    keys = random_keys(seed, 40)
    fill(keys)
    rng = random.Random(seed)
    prefixes = ["", *{key[: rng.randint(1, len(key))] for key in rng.sample(sorted(keys), 4)}]

    for prefix, delimiter in itertools.product(prefixes, DELIMITERS):
        expected = list_by_force(keys, prefix, delimiter)
        size = rng.randint(1, 9)
        narrowed = {"Bucket": bucket, "Prefix": prefix, "Delimiter": delimiter, "PaginationConfig": {"PageSize": size}}
        pages = [entries_of(page) for page in s3.get_paginator(version).paginate(**narrowed)]
        assert [entry for page in pages for entry in page] == expected, narrowed
        assert all(len(page) == size for page in pages[:-1]), narrowed


@pytest.mark.parametrize("version", ["list_objects", "list_objects_v2"])
def test_pages_of_every_size_end_with_the_last_entry(s3, bucket, fill, version):
    """No page is empty, and none but the last says that it is the last."""
    fill(["a", "b/1", "b/2", "b/3", "c", "d/1", "e"])

    for size in range(1, 9):
        narrowed = {"Bucket": bucket, "Delimiter": "/", "PaginationConfig": {"PageSize": size}}
        pages = list(s3.get_paginator(version).paginate(**narrowed))
        assert [page["IsTruncated"] for page in pages] == [True] * (len(pages) - 1) + [False]
        assert all(entries_of(page) for page in pages)
        assert sum(len(entries_of(page)) for page in pages) == 5


@pytest.mark.parametrize("seed", range(3))
def test_a_listing_can_begin_after_any_key(s3, bucket, fill, seed):
    """Whether there is such a key or not."""
    keys = random_keys(seed, 30)
    fill(keys)

    for after in [*random_keys(seed + 100, 10), *random.Random(seed).sample(sorted(keys), 5)]:
        listed = entries_of(s3.list_objects_v2(Bucket=bucket, StartAfter=after))
        assert listed == list_by_force(keys, after=after), after
        assert entries_of(s3.list_objects(Bucket=bucket, Marker=after)) == listed, after


def test_keys_are_listed_in_the_order_of_their_bytes(keys, fill):
    """Not of their letters: a dot is before a slash, capitals are first, and beyond the basic plane is last."""
    fill(["b", "a/b", "a.b", "B", "é", "a", "\U0001f331", "\uffee"])

    assert keys() == ["B", "a", "a.b", "a/b", "b", "é", "\uffee", "\U0001f331"]


def test_an_entry_tells_what_the_object_is(s3, bucket, put):
    """Size, ETag, time and class."""
    etag = put("key", b"0123")["ETag"]
    (entry,) = s3.list_objects_v2(Bucket=bucket)["Contents"]

    assert (entry["Key"], entry["Size"], entry["ETag"], entry["StorageClass"]) == ("key", 4, etag, "STANDARD")
    assert entry["LastModified"].replace(microsecond=0) == s3.head_object(Bucket=bucket, Key="key")["LastModified"]


def test_owners_are_told_to_who_asks(s3, bucket, put):
    """Always in version 1, on demand in version 2."""
    put()

    assert "Owner" not in s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]["Owner"]["ID"]
    assert s3.list_objects(Bucket=bucket)["Contents"][0]["Owner"]["ID"]


def test_an_empty_bucket_lists_nothing(s3, bucket):
    """Without the members that would hold it."""
    answer = s3.list_objects_v2(Bucket=bucket)

    assert (answer["KeyCount"], answer["IsTruncated"], answer["MaxKeys"], answer["Name"]) == (0, False, 1000, bucket)
    assert not {"Contents", "CommonPrefixes", "NextContinuationToken"} & set(answer)


def test_the_answer_repeats_what_was_asked(s3, bucket, fill):
    """Prefix, delimiter, start and size, with whatever letters they have."""
    fill(["é +/1", "é +/2"])
    answer = s3.list_objects_v2(Bucket=bucket, Prefix="é +/", Delimiter="漢", StartAfter="é +/1", MaxKeys=7)

    assert (answer["Prefix"], answer["Delimiter"], answer["StartAfter"]) == ("é +/", "漢", "é +/1")
    assert (answer["MaxKeys"], answer["KeyCount"]) == (7, 1)


def test_a_token_goes_on_wherever_the_listing_began(s3, bucket, fill):
    """It overrules the start, which is then not repeated."""
    fill(["a", "b", "c"])
    first = s3.list_objects_v2(Bucket=bucket, StartAfter="a", MaxKeys=1)
    second = s3.list_objects_v2(Bucket=bucket, StartAfter="a", ContinuationToken=first["NextContinuationToken"])

    assert [entries_of(page)[0][0] for page in (first, second)] == ["b", "c"]
    assert second["ContinuationToken"] == first["NextContinuationToken"]
    assert "StartAfter" not in second


def test_version_1_tells_the_next_marker_with_a_delimiter_alone(s3, bucket, fill):
    """Without one, clients take the last key."""
    fill(["a", "b", "c/1"])

    assert "NextMarker" not in s3.list_objects(Bucket=bucket, MaxKeys=1)
    assert s3.list_objects(Bucket=bucket, MaxKeys=1, Delimiter="/")["NextMarker"] == "a"
    assert s3.list_objects(Bucket=bucket, Marker="a", MaxKeys=1)["Contents"][0]["Key"] == "b"


@pytest.mark.parametrize("token", ["", "!", "AAAA=A", "_w=="])
def test_a_token_that_was_not_made_here_is_refused(s3, bucket, token):
    """An empty one too."""
    refused = refusal(s3.list_objects_v2, Bucket=bucket, ContinuationToken=token)

    assert refused[:3] == (400, "InvalidArgument", "The continuation token provided is incorrect")


def test_a_page_has_a_thousand_keys_at_the_most(s3, bucket, fill):
    """However many are asked for; none is a page as well."""
    fill(["a", "b"])

    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)["MaxKeys"] == 1000
    answer = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert (answer["KeyCount"], answer["IsTruncated"]) == (0, False)


def test_a_negative_number_of_keys_is_refused(s3, bucket):
    """There is no such page."""
    refused = refusal(s3.list_objects_v2, Bucket=bucket, MaxKeys=-1)

    assert refused[:2] == (400, "InvalidArgument")
    assert refused.message == "Argument maxKeys must be an integer between 0 and 2147483647"


def test_keys_are_url_encoded_for_who_asks(http_client, bucket, put):
    """Without being asked, they are XML as they stand."""
    put("a b/é+%&")
    plain, encoded = (http_client("GET", f"/{bucket}?list-type=2{more}").body for more in ("", "&encoding-type=url"))

    assert "<Key>a b/é+%&amp;</Key>".encode() in plain
    assert b"<Key>a%20b/%C3%A9%2B%25%26</Key>" in encoded
    assert b"<EncodingType>url</EncodingType>" in encoded


def test_control_characters_are_listed_when_they_are_encoded(s3, bucket, put, keys):
    """XML has no place for them; boto3 asks for the encoding."""
    put("a\x01\nb")

    assert keys() == ["a\x01\nb"]


def test_times_are_written_as_s3_writes_them(http_client, bucket, put):
    """With three digits of fractions, and Z."""
    put()
    stamp = http_client("GET", f"/{bucket}").body.partition(b"<LastModified>")[2].partition(b"<")[0].decode()

    assert (len(stamp), stamp[10], stamp[19], stamp[-1]) == (24, "T", ".", "Z")

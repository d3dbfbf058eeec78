"""What every SageMaker resource does alike, over every kind."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import client, wait_until
from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import FAMILIES, Resources

NAMES = ["charlie", "alpha", "echo", "bravo", "Delta"]


@pytest.fixture
def five(resources):
    """Five of them, created in the order of NAMES."""
    for name in NAMES:
        resources.create(name)
    return resources


def test_what_is_created_can_be_described(resources, account):
    """With all it was created with, its ARN and its time."""
    before = datetime.now(UTC)
    arn = resources.create("mine")
    described = resources.describe("mine")

    assert arn == f"arn:aws:sagemaker:us-east-1:{account}:{resources.family.arn}/mine"
    assert described[f"{resources.family.kind}Arn"] == arn
    assert before - timedelta(seconds=1) <= described["CreationTime"] <= datetime.now(UTC)
    for member, value in resources.family.request.items():
        assert contains(described[member], value), member


def contains(described, value):
    """Whether a description holds a value; it may say more."""
    if isinstance(value, dict):
        return all(contains(described[name], part) for name, part in value.items())
    return described == value


def test_nothing_empty_is_said(resources):
    """Members without a value are left out, as SDKs expect."""
    resources.create("mine")
    described = resources.describe("mine")

    assert None not in described.values()
    assert {} not in described.values()


@pytest.mark.parametrize(
    ("family", "verb"),
    [
        (family, verb)
        for family in FAMILIES
        for verb in ("Describe", "Stop" if family.kind.endswith("Job") else "Delete")
    ],
    ids=str,
)
def test_what_is_not_there_is_not_found(resources, account, verb):
    """In the words AWS has for the kind."""
    call = getattr(resources.sagemaker, resources.family.call(verb))
    arn = f"arn:aws:sagemaker:us-east-1:{account}:{resources.family.arn}/none"
    refused = refusal(call, **{f"{resources.family.kind}Name": "none"})

    assert refused[:3] == (400, "ValidationException", resources.family.missing.format(arn))


def test_a_name_can_be_taken_once(resources):
    """The second is refused in AWS's words, and changes nothing."""
    arn = resources.create("mine")
    before = resources.describe("mine")["CreationTime"]
    refused = refusal(resources.create, name="mine")

    code, words = resources.family.taken
    assert refused[:2] == (400, code)
    assert refused.message.startswith(words)
    assert arn in refused.message
    assert resources.describe("mine")["CreationTime"] == before


def test_a_name_that_breaks_the_rules_is_refused(resources):
    """Letters, digits and hyphens, 63 at the most."""
    for name in ("", "-a", "a_b", "a b", "../a", "a" * 64, "é"):
        refused = refusal(resources.create, name=name)
        assert refused[:2] == (400, "ValidationException"), name
        assert "failed to satisfy constraint" in refused.message

    assert resources.names() == []


def test_a_list_begins_as_aws_begins_it(five):
    """Training and processing jobs with the oldest, everything else with the newest."""
    assert five.names() == (NAMES if five.family.ascending else NAMES[::-1])


def test_a_list_can_be_sorted(five):
    """By name or by time of creation, either way."""
    for order, step in (("Ascending", 1), ("Descending", -1)):
        assert five.names(SortBy="Name", SortOrder=order) == sorted(NAMES)[::step]
        assert five.names(SortBy="CreationTime", SortOrder=order) == NAMES[::step]


def test_pages_of_every_size_add_up_to_the_whole(five):
    """boto3's paginator finds everything once, in order."""
    paginator = five.sagemaker.get_paginator(five.family.call("List", plural=True))

    for size in range(1, 7):
        pages = paginator.paginate(SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": size})
        found = [[item[f"{five.family.kind}Name"] for item in page[five.family.listed]] for page in pages]
        assert [name for page in found for name in page] == sorted(NAMES)
        assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)


def test_ten_are_on_a_page_when_nothing_is_said(resources):
    """The rest is behind the token; the last page has none."""
    for at in range(11):
        resources.create(f"a{at}")
    first = resources.page()
    second = resources.page(NextToken=first["NextToken"])

    assert [len(page[resources.family.listed]) for page in (first, second)] == [10, 1]
    assert "NextToken" not in second


def test_a_token_that_was_not_made_here_is_refused(resources):
    """Whatever it looks like."""
    for token in ("rubbish", "AAAA", "W10=", "WzEsMV0", "eyJhIjoxfQ=="):
        assert refusal(resources.page, NextToken=token)[:2] == (400, "ValidationException")


def test_a_list_can_be_narrowed_by_name(five):
    """To those that hold some letters."""
    assert sorted(five.names(NameContains="l")) == ["Delta", "alpha", "charlie"]
    assert five.names(NameContains="zulu") == []


def test_a_list_can_be_narrowed_by_time(resources):
    """After and before some moment."""
    resources.create("early")
    time.sleep(0.01)
    middle = datetime.now(UTC)
    time.sleep(0.01)
    resources.create("late")

    assert resources.names(CreationTimeAfter=middle) == ["late"]
    assert resources.names(CreationTimeBefore=middle) == ["early"]
    assert resources.names(CreationTimeAfter=middle + timedelta(days=1)) == []


@pytest.mark.parametrize("family", [family for family in FAMILIES if family.ends_as], ids=str)
def test_a_list_can_be_narrowed_and_sorted_by_status(resources):
    """Where there is one."""
    status = resources.family.ends_as
    for name in ("one", "two"):
        resources.create(name)
        wait_until(lambda name=name: resources.status(name) == status)

    assert sorted(resources.names(StatusEquals=status)) == ["one", "two"]
    assert resources.names(StatusEquals="Stopping" if "Job" in resources.family.kind else "InService") == []
    assert sorted(resources.names(SortBy="Status")) == ["one", "two"]


def test_a_list_entry_says_less_than_a_description(resources):
    """It has name, ARN and time, and what AWS's summary has; nothing of the request's depths."""
    arn = resources.create("mine")
    (entry,) = resources.page()[resources.family.listed]

    assert entry[f"{resources.family.kind}Arn"] == arn
    assert not set(resources.family.request) & set(entry)


def test_another_account_sees_nothing(five, server, family, stranger):
    """Neither by name nor in a list; and it may take the same names."""
    other = Resources(family, client(server.url, "sagemaker", stranger))

    assert not set(NAMES) & set(other.names())
    assert refusal(other.describe, name="alpha").code == "ValidationException"


def test_another_region_sees_nothing(five, aws, family):
    """Resources are regional: the same names are free there."""
    other = Resources(family, aws("sagemaker", "eu-west-1"))
    other.prepare()

    assert other.names() == []
    assert refusal(other.describe, name="alpha").code == "ValidationException"
    assert ":eu-west-1:" in other.create("alpha")


def test_tags_are_kept_with_the_resource(resources):
    """Those it was created with, and those added later."""
    arn = resources.create("mine", Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": ""}])
    resources.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "c", "Value": "3"}])

    tags = resources.sagemaker.list_tags(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "2"}, {"Key": "c", "Value": "3"}]
    assert "Tags" not in resources.describe("mine")


@pytest.mark.parametrize("family", [family for family in FAMILIES if family.deletable], ids=str)
def test_what_is_deleted_is_gone_with_its_tags(resources):
    """Its name is free again."""
    arn = resources.create("mine", Tags=[{"Key": "a", "Value": "1"}])
    resources.delete("mine")

    assert resources.names() == []
    assert refusal(resources.describe, name="mine").message == resources.family.missing.format(arn)
    assert resources.create("mine") == arn
    assert resources.sagemaker.list_tags(ResourceArn=arn)["Tags"] == []


def test_of_many_who_want_a_name_one_gets_it(resources):
    """However closely they follow each other."""

    def try_to_create(at):
        try:
            return resources.create(f"same-{at % 5}")
        except resources.sagemaker.exceptions.ClientError:
            return None

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(try_to_create, range(40)))

    assert sum(outcome is not None for outcome in outcomes) == 5
    assert sorted(resources.names(SortBy="Name")) == [f"same-{at}" for at in range(5)]

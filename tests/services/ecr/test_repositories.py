"""Repositories and images."""

import base64
import json

import pytest
from tests.services.conftest import refusal

MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "layers": [{"size": 10, "digest": "sha256:" + "0" * 64}, {"size": 5, "digest": "sha256:" + "1" * 64}],
}


@pytest.fixture
def ecr(aws):
    client = aws("ecr")
    client.create_repository(repositoryName="team/app", tags=[{"Key": "a", "Value": "b"}])
    return client


@pytest.fixture
def push(ecr):
    """Put an image that differs by its number; its digest."""

    def push(number, tag=None, **members):
        manifest = json.dumps(MANIFEST | {"annotations": {"number": str(number)}})
        named = {} if tag is None else {"imageTag": tag}
        image = ecr.put_image(repositoryName="team/app", imageManifest=manifest, **named, **members)["image"]
        return image["imageId"]["imageDigest"]

    return push


def test_a_repository_is_described_as_it_was_made(ecr, account):
    """Its address is what image URIs begin with."""
    (found,) = ecr.describe_repositories(repositoryNames=["team/app"])["repositories"]

    assert found["repositoryUri"] == f"{account}.dkr.ecr.us-east-1.amazonaws.com/team/app"
    assert found["repositoryArn"] == f"arn:aws:ecr:us-east-1:{account}:repository/team/app"
    assert (found["registryId"], found["imageTagMutability"]) == (account, "MUTABLE")
    refused = refusal(ecr.create_repository, repositoryName="team/app")
    assert refused[:2] == (400, "RepositoryAlreadyExistsException")


def test_repositories_are_listed_page_by_page(ecr):
    """By name."""
    for name in ("zz", "aa"):
        ecr.create_repository(repositoryName=name)
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 2})

    assert [[found["repositoryName"] for found in page["repositories"]] for page in pages] == [
        ["aa", "team/app"],
        ["zz"],
    ]
    assert refusal(ecr.describe_repositories, nextToken="x")[:2] == (400, "InvalidParameterException")


def test_an_image_is_found_by_digest_and_by_tag(ecr, push):
    """With the manifest that was put, letter by letter."""
    digest = push(1, "latest")
    asked = [
        {"imageTag": "latest"},
        {"imageDigest": digest},
        {"imageTag": "none"},
        {"imageDigest": "sha256:" + "f" * 64},
    ]
    answer = ecr.batch_get_image(repositoryName="team/app", imageIds=asked)

    assert [image["imageId"]["imageDigest"] for image in answer["images"]] == [digest, digest]
    assert json.loads(answer["images"][0]["imageManifest"])["layers"] == MANIFEST["layers"]
    assert [failure["failureCode"] for failure in answer["failures"]] == ["ImageNotFound", "ImageNotFound"]
    (detail,) = ecr.describe_images(repositoryName="team/app")["imageDetails"]
    assert (detail["imageTags"], detail["imageSizeInBytes"]) == (["latest"], 15)


def test_a_tag_goes_over_to_a_new_image(ecr, push):
    """Unless tags stay where they are."""
    first, second = push(1, "latest"), push(2, "latest")
    details = {
        item["imageDigest"]: item.get("imageTags")
        for item in ecr.describe_images(repositoryName="team/app")["imageDetails"]
    }
    assert details == {first: None, second: ["latest"]}
    refused = refusal(lambda: push(2, "latest"))
    assert refused[:2] == (400, "ImageAlreadyExistsException")
    ecr.put_image_tag_mutability(repositoryName="team/app", imageTagMutability="IMMUTABLE")

    assert refusal(lambda: push(3, "latest")).code == "ImageTagAlreadyExistsException"


def test_images_are_listed_by_tag(ecr, push):
    """Those without one too."""
    push(1, "a")
    push(1, "b")
    loose = push(2)

    def listed(**members):
        return [
            (item["imageDigest"] == loose, item.get("imageTag"))
            for item in ecr.list_images(repositoryName="team/app", **members)["imageIds"]
        ]

    assert sorted(listed(), key=str) == [(False, "a"), (False, "b"), (True, None)]
    assert listed(filter={"tagStatus": "UNTAGGED"}) == [(True, None)]


def test_an_image_goes_with_its_last_tag(ecr, push):
    """Or at once, by its digest."""
    push(1, "a")
    digest = push(1, "b")
    for tag, left in (("a", 1), ("b", 0)):
        ecr.batch_delete_image(repositoryName="team/app", imageIds=[{"imageTag": tag}])
        assert len(ecr.list_images(repositoryName="team/app")["imageIds"]) == left
    answer = ecr.batch_delete_image(repositoryName="team/app", imageIds=[{"imageDigest": digest}])
    assert [failure["failureCode"] for failure in answer["failures"]] == ["ImageNotFound"]


def test_a_repository_with_images_goes_by_force(ecr, push):
    """Its images go with it."""
    push(1, "a")
    assert refusal(ecr.delete_repository, repositoryName="team/app").code == "RepositoryNotEmptyException"
    ecr.delete_repository(repositoryName="team/app", force=True)

    refused = refusal(ecr.list_images, repositoryName="team/app")
    assert refused[:2] == (400, "RepositoryNotFoundException")
    ecr.create_repository(repositoryName="team/app")
    assert ecr.list_images(repositoryName="team/app")["imageIds"] == []


@pytest.mark.parametrize(("what", "member"), [("repository", "policyText"), ("lifecycle", "lifecyclePolicyText")])
def test_policies_are_kept(ecr, what, member):
    """Put, got, deleted; what is not there is not found."""
    put, get, delete = {
        "repository": (ecr.set_repository_policy, ecr.get_repository_policy, ecr.delete_repository_policy),
        "lifecycle": (ecr.put_lifecycle_policy, ecr.get_lifecycle_policy, ecr.delete_lifecycle_policy),
    }[what]
    text = json.dumps({"rules": [], "Statement": [], "padding": "x" * 100})
    assert refusal(get, repositoryName="team/app").code.endswith("PolicyNotFoundException")
    put(repositoryName="team/app", **{member: text})
    assert get(repositoryName="team/app")[member] == text
    assert delete(repositoryName="team/app")[member] == text
    assert refusal(get, repositoryName="team/app").code.endswith("PolicyNotFoundException")


def test_a_token_is_a_user_and_a_password(ecr, account):
    """For the account's registry."""
    (data,) = ecr.get_authorization_token()["authorizationData"]

    assert base64.b64decode(data["authorizationToken"]).startswith(b"AWS:")
    assert data["proxyEndpoint"] == f"https://{account}.dkr.ecr.us-east-1.amazonaws.com"


def test_a_repository_has_tags(ecr, account):
    """Added and taken off."""
    arn = f"arn:aws:ecr:us-east-1:{account}:repository/team/app"
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "c", "Value": "d"}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["a"])

    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "c", "Value": "d"}]


def test_what_is_no_manifest_is_refused(ecr):
    """Or not the one of its digest."""
    refused = refusal(ecr.put_image, repositoryName="team/app", imageManifest="{")
    assert refused[:2] == (400, "InvalidParameterException")
    wrong = {"imageManifest": "{}", "imageDigest": "sha256:" + "0" * 64}
    assert refusal(ecr.put_image, repositoryName="team/app", **wrong).code == "ImageDigestDoesNotMatchException"

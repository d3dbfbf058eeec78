"""What S3 does that its model does not say: data and its own words."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.models import Shape
from fieldstone.wire.rest.routing import Place, Query, Route, Router, read_query
from fieldstone.wire.xmlshape import escape

NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"

# Query fields of Version 2's presigned URLs, and what botocore adds for its own sake.
_ACCOMPANYING: Final = frozenset(("x-id", "awsaccesskeyid", "signature", "expires", "content-type", "content-md5"))

# Answered at the same place as ListBuckets, and only by the endpoints of another kind of bucket.
ELSEWHERE: Final = frozenset(("ListDirectoryBuckets",))

# The root elements of answers; the model has only the names of shapes.
ROOTS: Final[Mapping[str, str]] = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CreateSession": "CreateSessionResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycle": "LifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotification": "NotificationConfiguration",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}


def _location(result: dict[str, Any]) -> str:
    """GetBucketLocation's root is its only member; in us-east-1 it is empty."""
    return (
        f'<LocationConstraint xmlns="{NAMESPACE}">{escape(result.get("LocationConstraint") or "")}</LocationConstraint>'
    )


# Answers whose body is not the shape's.
BODIES: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {"GetBucketLocation": _location}


def malformed_xml() -> AwsError:
    """The error for a body that is no XML, or not the XML of this operation."""
    words = "The XML you provided was not well-formed or did not validate against our published schema"
    return AwsError("MalformedXML", words)


def invalid_argument(shape: Shape, wire: str, text: str) -> AwsError:
    """The error for a header or query field that is none of its type."""
    if wire == "partNumber":
        words = "Part number must be an integer between 1 and 10000, inclusive"
    elif shape.type in ("integer", "long"):
        words = f"Provided {wire} not an integer or within integer range"
    else:
        words = f"The value provided for {wire} is not a valid {shape.type}"
    return AwsError("InvalidArgument", words, ArgumentName=wire, ArgumentValue=text)


def missing(shape: Shape, wire: str) -> AwsError:
    """The error for a member that must be there, by the place where it should have been."""
    match shape.traits.location:
        case "header":
            return AwsError("InvalidRequest", f"Missing required header for this request: {wire}")
        case "querystring":
            words = f"Missing required parameter for this request: {wire}"
            return AwsError("InvalidArgument", words, ArgumentName=wire, ArgumentValue="")
        case _:
            return AwsError("MissingRequestBodyError", "Request Body is empty")


def find(router: Router, request: Request) -> str:
    """The name of the operation a request is for.

    No request with a sub-resource falls through to the operation on the whole object or bucket.

    Raises:
        AwsError: Why there is none: NotImplemented, MethodNotAllowed, InvalidArgument or InvalidURI.
    """
    places = router.places(request.path)
    if not places:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI.")
    query = read_query(request.query)
    fitting = ((place, place.find(request.method, query, request.headers)) for place in places)
    place, route = next(((place, route) for place, route in fitting if route), (places[-1], None))
    strange = [name for name in query if not (route and name in route.known) and not _accompanies(name)]
    if route is None:
        raise _nobody(request, place, strange)
    for name in strange:
        _refuse(name, request, query, place, route)
    return route.operation


def _accompanies(name: str) -> bool:
    """Whether a query field belongs to signing or to a client's book-keeping."""
    lower = name.lower()
    return lower.startswith("x-amz-") or lower in _ACCOMPANYING


def _nobody(request: Request, place: Place, strange: list[str]) -> AwsError:
    resources = {name for routes in place.routes.values() for route in routes for name in route.known}
    form = request.headers.get("content-type", "").startswith("multipart/form-data")
    if form or any(name not in resources for name in strange):
        return not_implemented()
    kind = ("SERVICE", "BUCKET", "OBJECT")[min(place.path.groups, 2)]
    if request.method == "POST" and kind == "BUCKET" and not request.query:
        words = "At least one of the pre-conditions you specified did not hold"
        condition = "Bucket POST must be of the enclosure-type multipart/form-data"
        return AwsError("PreconditionFailed", words, 412, Condition=condition)
    words = "The specified method is not allowed against this resource."
    return AwsError("MethodNotAllowed", words, 405, Method=request.method, ResourceType=kind)


def _refuse(name: str, request: Request, query: Query, place: Place, route: Route) -> None:
    """Raise for a query field the chosen operation knows nothing of; reading may ignore one that has a value."""
    text = query[name][0]
    if any(name in other.literals for other in place.routes[request.method]):
        both = ", ".join([*route.literals, name])
        words = f"Conflicting query string parameters: {both}"
        raise AwsError("InvalidArgument", words, ArgumentName="ResourceType", ArgumentValue=name)
    if text and request.method in ("GET", "HEAD"):
        return
    if any(name in other.known for other in place.routes[request.method]):
        words = f"{name} is no parameter of {route.operation}"
        raise AwsError("InvalidArgument", words, ArgumentName=name, ArgumentValue=text)
    if any(name in other.literals for routes in place.routes.values() for other in routes):
        words = "The specified method is not allowed against this resource."
        raise AwsError("MethodNotAllowed", words, 405, Method=request.method)
    raise not_implemented()


def not_implemented() -> AwsError:
    """The error for what S3 may know and this server does not."""
    words = "A header or query you provided requested a function that is not implemented."
    return AwsError("NotImplemented", words, 501)

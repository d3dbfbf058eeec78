"""The list of what is served: every service, every module with its operations."""

from types import ModuleType
from typing import Final

from fieldstone.services.iam import roles
from fieldstone.services.logs import events, groups
from fieldstone.services.s3 import buckets, deleting, listing, objects
from fieldstone.services.sagemaker import endpoint_configs, endpoints, models, tagging, training_jobs, transform_jobs
from fieldstone.services.sts import identity, sessions

SERVICES: Final[dict[str, tuple[ModuleType, ...]]] = {
    "s3": (buckets, objects, deleting, listing),
    "sts": (identity, sessions),
    "iam": (roles,),
    "logs": (groups, events),
    "sagemaker": (training_jobs, models, endpoint_configs, endpoints, transform_jobs, tagging),
    "sagemaker-runtime": (),  # predictions leave the general path early: gateway.invocations
}

"""The list of what is served: every service, every module with its operations."""

from types import ModuleType
from typing import Final

from fieldstone.services.cloudwatch import alarms, asking, data, history
from fieldstone.services.cloudwatch import putting as metric_data
from fieldstone.services.ecr import images, repositories
from fieldstone.services.iam import (
    access_keys,
    attachments,
    instance_profiles,
    policies,
    roles,
    simulation,
    users,
)
from fieldstone.services.iam import (
    groups as user_groups,
)
from fieldstone.services.iam import (
    tagging as iam_tagging,
)
from fieldstone.services.kms import aliases, keys
from fieldstone.services.logs import events, filtering, groups, keeping, putting
from fieldstone.services.s3 import buckets, deleting, listing, objects
from fieldstone.services.sagemaker import endpoint_configs, endpoints, models, tagging, training_jobs, transform_jobs
from fieldstone.services.sts import identity, sessions

SERVICES: Final[dict[str, tuple[ModuleType, ...]]] = {
    "s3": (buckets, objects, deleting, listing),
    "sts": (identity, sessions),
    "iam": (users, access_keys, user_groups, roles, policies, attachments, instance_profiles, iam_tagging, simulation),
    "logs": (groups, events, putting, filtering, keeping),
    "cloudwatch": (metric_data, asking, data, alarms, history),
    "ecr": (repositories, images),
    "kms": (keys, aliases),
    "sagemaker": (training_jobs, models, endpoint_configs, endpoints, transform_jobs, tagging),
    "sagemaker-runtime": (),  # predictions leave the general path early: gateway.invocations
}

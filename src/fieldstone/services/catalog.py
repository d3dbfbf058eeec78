"""The list of what is served: every service, every module with its operations."""

from types import ModuleType
from typing import Final

from fieldstone.services.application_autoscaling import activities, scheduled_actions, targets
from fieldstone.services.application_autoscaling import policies as scaling_policies
from fieldstone.services.application_autoscaling import tags as scaling_tags
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
from fieldstone.services.logs import events, filtering, groups, keeping
from fieldstone.services.logs import putting as log_events
from fieldstone.services.s3 import buckets
from fieldstone.services.s3.listing import objects as listed_objects
from fieldstone.services.s3.listing import uploads as listed_uploads
from fieldstone.services.s3.listing import versions as listed_versions
from fieldstone.services.s3.multipart import completing, parts, uploads
from fieldstone.services.s3.objects import acl, attributes, copying, deleting, getting, putting
from fieldstone.services.s3.objects import tagging as object_tagging
from fieldstone.services.s3.settings import lifecycle, notifications, plain, sharing, versioning
from fieldstone.services.s3.settings import policies as bucket_policies
from fieldstone.services.s3.settings import tagging as bucket_tagging
from fieldstone.services.sagemaker import (
    endpoint_configs,
    endpoints,
    inference_components,
    models,
    processing_jobs,
    searching,
    tagging,
    training_jobs,
    transform_jobs,
)
from fieldstone.services.sagemaker_runtime import asynchronous
from fieldstone.services.sns import publishing, subscriptions, topics
from fieldstone.services.sns import tags as topic_tags
from fieldstone.services.sqs import queues, receiving, sending
from fieldstone.services.sts import identity, sessions

SERVICES: Final[dict[str, tuple[ModuleType, ...]]] = {
    "s3": (
        *(buckets, putting, getting, copying, deleting, attributes, object_tagging, acl),
        *(uploads, parts, completing),
        *(listed_objects, listed_versions, listed_uploads),
        *(versioning, bucket_tagging, bucket_policies, sharing, lifecycle, notifications, plain),
    ),
    "sts": (identity, sessions),
    "iam": (users, access_keys, user_groups, roles, policies, attachments, instance_profiles, iam_tagging, simulation),
    "logs": (groups, events, log_events, filtering, keeping),
    "cloudwatch": (metric_data, asking, data, alarms, history),
    "ecr": (repositories, images),
    "kms": (keys, aliases),
    "sagemaker": (
        *(training_jobs, processing_jobs, transform_jobs, models, endpoint_configs, endpoints),
        *(inference_components, tagging, searching),
    ),
    "sns": (topics, subscriptions, publishing, topic_tags),
    "sqs": (queues, sending, receiving),
    "application-autoscaling": (targets, scaling_policies, scheduled_actions, activities, scaling_tags),
    "sagemaker-runtime": (asynchronous,),  # predictions at once leave the general path early: gateway.invocations
}

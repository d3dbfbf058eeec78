"""One package per AWS service, one module per resource family: plain functions over the store.

An operation takes a Context and the request as boto3 names its members, and returns a Describe-shaped answer; the wire
drops what the output shape does not have. It is marked ``@read`` or ``@write`` and named as boto3 names it. ``catalog``
is the list of them all.
"""

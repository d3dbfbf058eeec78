"""Amazon CloudWatch Logs: what jobs and endpoints print."""

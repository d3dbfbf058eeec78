"""Batch transform jobs: inputs cut into payloads, asked of model servers, answers joined and put into S3."""

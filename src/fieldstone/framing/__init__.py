"""Framing: from a business question and a table to an honest verdict.

    problem.yaml ── problem, reading ──▶ Problem ─┐
                                                  ├─▶ examination (findings) ─▶ choice ─▶ verdict ─▶ report
    CSV, Parquet, s3://, events ── loading, events ─▶ Cases ─┘

It runs on plain libraries and needs no server, unless the data are on ``s3://``.
"""

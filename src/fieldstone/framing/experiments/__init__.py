"""A/B tests: how many cases a test needs, who sees what, and what came of it.

    problem.Test ── design ──▶ Plan ──┐
                                      ├─▶ analysis ──▶ Analysis (a decision, in words)
    units ── assignment ──▶ a table ──┘

``power`` and ``effects`` hold the formulas, each with its source; ``samples`` reads a table's columns and ``estimates``
sums each arm up; ``wording`` and ``conclusion`` say it all for people who do not know statistics.
"""

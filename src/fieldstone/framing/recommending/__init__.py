"""Recommendation: what to offer to whom, learnt from who chose what, and held against plain lists."""

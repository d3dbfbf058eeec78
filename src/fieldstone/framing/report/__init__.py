"""The report: everything that framing found, as one page for people and one document for programs."""

from fieldstone.framing.report.page import render, to_json
from fieldstone.framing.report.record import Report

__all__ = ["Report", "render", "to_json"]

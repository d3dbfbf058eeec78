"""The problem file: read, checked, described, written."""

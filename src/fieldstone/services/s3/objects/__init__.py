"""Objects: put, get, copied, deleted, described."""

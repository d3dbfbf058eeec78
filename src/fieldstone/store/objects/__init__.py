"""S3's keys, in the order of their bytes: ``current`` objects, their ``versions``, ``uploads`` in parts.

What bytes a row names, and when nothing names them any more, is ``extents``'s to know: a blob is one file, or a list of
files that were uploaded as parts.
"""

from fieldstone.store.objects.current import Objects
from fieldstone.store.objects.stored import PAST_EVERY_KEY, StoredObject, end_of_prefix

__all__ = ["PAST_EVERY_KEY", "Objects", "StoredObject", "end_of_prefix"]

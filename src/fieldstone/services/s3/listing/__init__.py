"""Lists in the order of keys: objects, versions, uploads in parts."""

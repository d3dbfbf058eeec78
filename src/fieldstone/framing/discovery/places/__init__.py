"""Places for things, by where the cases are."""

"""The protocols that are HTTP all through: an operation is a method and a path, a member a header or a field."""

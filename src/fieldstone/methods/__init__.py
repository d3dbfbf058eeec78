"""Methods: pure functions over arrays that several programs need; they know nothing of problems, services or files."""

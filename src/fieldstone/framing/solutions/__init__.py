"""What kind of problem it is, what can solve it, and what that costs."""

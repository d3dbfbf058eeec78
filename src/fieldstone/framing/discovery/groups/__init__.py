"""Groups of similar cases: whether there are any, how many, what sets each apart."""

"""The mistakes that a problem file or its data can have."""


class ProblemError(Exception):
    """Something in the problem file or in the data must be put right by its author.

    The text says where it is (file, line, block or column), what is wrong, and what to type instead.
    """

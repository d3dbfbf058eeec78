"""Fieldstone: the AWS machine-learning stack, on your own ground."""

__version__ = "0.1.0"

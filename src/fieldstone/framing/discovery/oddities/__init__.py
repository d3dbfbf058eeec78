"""Cases that stand out: how many more than chance would bring, and why each does."""

"""What S3 does by itself: objects that expire, and files that nobody names cleared away."""

"""What is set of a bucket: documents that are kept, and, where it says so, acted on."""

"""Amazon S3: buckets and objects. A key is a row; its bytes are an immutable file of the store's."""

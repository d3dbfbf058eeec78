"""What the programs of Amazon's own algorithms share; no program by itself.

From the outside inwards: `program` starts one that an `algorithm.Algorithm` describes; `channels` reads its data in
batches, from `delimited` text or from `recordio` frames of protobuf `records`; `requests` and `responses` are the
bodies of an endpoint; `peers` are the job's other hosts; `ndarray` is the file that a model is kept in.
"""

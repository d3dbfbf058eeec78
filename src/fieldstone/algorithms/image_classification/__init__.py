"""SageMaker's Image Classification, of MXNet: `python -m fieldstone.algorithms.image_classification …`.

From the outside inwards: `train` and `serve` are the programs; `channels` are the images and labels that a job brings
(`records`, `lists`, `labels`), which `decoding`, `augmenting` and `loading` turn into batches; `graph` is the network,
as MXNet writes it down, `network` the same in PyTorch; `training` learns, and `artifact` keeps what was learnt.

PyTorch and Pillow are an extra: what needs them is imported where a job or a model server has begun.
"""

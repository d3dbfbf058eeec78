"""SageMaker's Random Cut Forest: `python -m fieldstone.algorithms.randomcutforest --image-version 1 train | serve`.

Sampling, forests, scores and their file know nothing of channels, requests or the container; `train`, `joining` and
`model` lead from these to them.
"""

"""SageMaker's Factorization Machines: `python -m fieldstone.algorithms.factorization_machines --image-version 1 train`.

`machine` is the model's equation and its gradient, compiled; `adam` the steps; `training` puts them together over
batches; none of them knows of channels, requests or the container. Around them, `plans` reads the hyperparameters,
`train` goes through a job's channels and meets its other hosts, `model` is the file and its answers.
"""

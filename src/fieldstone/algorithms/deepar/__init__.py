"""SageMaker's DeepAR: `python -m fieldstone.algorithms.deepar --image-version 1 train | serve`.

From the data inwards: `reading` makes `series` of files, and `requests` of bodies; `preparing` holds them against what
the job says, by `schema`, with the other `hosts`; `windows` cuts them, with the times and lags of their `frequency`;
`network` reads windows, and gives each point a distribution by one of the `likelihoods`. `learning` fits it,
`forecasting` asks it, `judging` measures what it says. Those that need PyTorch import it by `tensors`.
"""

"""SageMaker's DeepAR: `python -m fieldstone.algorithms.deepar --image-version 1 train | serve`.

From the data inwards: `reading` makes `series` of files and `requests` make them of bodies; `schema` holds them against
what the job says; `windows` cuts them, with the times and lags of their `frequency`; `network` reads windows, and gives
each point a distribution by one of the `likelihoods`. `learning` fits it, `forecasting` asks it, `judging` measures what
it says. Only these last need PyTorch, and import it by `tensors`.
"""

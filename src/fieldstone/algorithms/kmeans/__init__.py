"""SageMaker's built-in K-Means: clusters of a stream of rows that need not fit into memory.

The method is AWS's, as far as it is told: web-scale k-means (Sculley, 2010) with ``extra_center_factor`` times more
centres than asked for, one small step for each mini-batch; then the centres, each weighing as much as the rows it
stands for, are clustered themselves (`reducing`). The last step is ours: Lloyd's method goes on from there over a
sample of the rows, of bounded size, so that what fits into memory ends in an optimum of its own rows.

`training` puts the steps together; neither it nor what it uses reads files or prints. Around it is the program:
`algorithm` names the hyperparameters, `train` goes through a job's channels and meets its other hosts, `model` is the
file and its answers.
"""

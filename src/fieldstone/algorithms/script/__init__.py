"""A user's own script behind the images of frameworks: `python -m fieldstone.algorithms.script ... train | serve`.

What the open toolkits of AWS promise inside those images is kept: where the code comes from and goes, how the script
is started, its arguments and SM_ variables, the handlers of a served model. The libraries are those that are installed
here, whatever versions the image's tag names; the job's log says which.
"""

"""The numerical core of SageMaker's Random Cut Forest: sampling, forests, scores and their file.

Nothing here knows of channels, requests or the container. The program around it will be `python -m`, as for the others.
"""

"""Amazon Elastic Container Registry: repositories and images as documents; their layers are nowhere.

``programs`` says which local program runs for an image that is registered here.
"""

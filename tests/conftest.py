"""Settings for every test."""

from hypothesis import settings

# The suite runs in parallel beside real labs: how long one example takes says nothing.
settings.register_profile("parallel", deadline=None)
settings.load_profile("parallel")

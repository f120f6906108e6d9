"""Settings for every test."""

from hypothesis import settings

from undeclared import model

# The suite runs in parallel beside real labs: how long one example takes says nothing.
settings.register_profile("parallel", deadline=None)
settings.load_profile("parallel")

# Types are built at their first use; hypothesis reads from a built one what it has to give.
for name in model.__all__:
    kind = getattr(model, name)
    if isinstance(kind, type) and issubclass(kind, model.Frozen):
        kind.model_rebuild()

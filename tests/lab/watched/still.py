print("still")  # noqa: T201

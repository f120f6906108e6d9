"""Two of everything by which somebody could be recognised."""

from typing import Self

from pydantic import model_validator

from undeclared.catalogue.entry import Entry
from undeclared.catalogue.setting import Setting, clashes


class Identities(Entry):
    """Machines with their users, and repositories, that have nothing in common.

    Their values are long and of our own making, so that they are found nowhere by chance.
    """

    machines: tuple[Setting, Setting]
    repositories: tuple[Setting, Setting]

    @model_validator(mode="after")
    def _have_nothing_in_common(self) -> Self:
        for one, other in (self.machines, self.repositories):
            mine, theirs = one.items(), other.items()
            if same := [name for name, value in mine.items() if theirs.get(name) == value]:
                raise ValueError(f"both have the same {' '.join(filter(None, same[0]))}")
            if one.model_fields_set != other.model_fields_set:
                raise ValueError("what one of a kind sets, the other must set too")
        if clash := clashes(
            [("a machine", self.machines[0]), ("a repository", self.repositories[0])]
        ):
            raise ValueError(f"a machine and a repository set the same thing: {clash[0][0]}")
        return self

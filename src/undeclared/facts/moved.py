"""Where an experiment itself puts the model, so that this is not taken for the agent's doing."""

from dataclasses import dataclass

from undeclared.model import UNSET, Environment


@dataclass(frozen=True, slots=True)
class MovedModel:
    """The host of the model in each environment."""

    signal: str | None
    """The signal whose level is the host; None if the experiment does not move the model."""
    default_host: str | None
    """Where the model is if the agent is told nothing, if it has such a default."""

    def host(self, environment: Environment) -> str | None:
        """The host that an environment gives the model.

        `""` where it leaves the default one; None if the experiment does not move the model at all.
        """
        if self.signal is None:
            return None
        level = environment.get(self.signal)
        return "" if level in (UNSET, self.default_host) else level

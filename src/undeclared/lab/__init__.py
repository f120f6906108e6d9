"""The sealed lab: one agent, one environment, one scenario, and no road out; gives one `Run`."""

from undeclared.lab.facts import Facts, gather
from undeclared.lab.handle import require_isolation
from undeclared.lab.install import has_scripts
from undeclared.lab.pool import Lab
from undeclared.lab.target import Target

__all__ = ["Facts", "Lab", "Target", "gather", "has_scripts", "require_isolation"]

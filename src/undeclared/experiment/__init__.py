"""Design, drive, compare, attribute, size: which facts of the machine change which bytes.

plan          which signals and levels, for one agent
design        environments and trials
table         readings of all runs side by side, as patterns
causes        the signals that a difference is a function of
probing       further runs that tell rival causes apart
hypotheses    what discovery runs suggest: decided by signals, or more frequent with some
confirm       exact tests on fresh runs
influence     what was established
size          what a receiver learns from all of it together
drive         all of it, in order
optouts       what opting out leaves of the contacts
identities    runs in a home that is kept, with one thing at a time another
identifiers   values that stay the same, and where they come from
reduced       the few levels that an audit of many versions tries
coverage      what was exercised, and what was not
"""

from undeclared.experiment.conclusion import Conclusion, Watch
from undeclared.experiment.coverage import coverage
from undeclared.experiment.drive import Execute, carry_out
from undeclared.experiment.identifiers import changes_tried, identifiers
from undeclared.experiment.identities import identity
from undeclared.experiment.optouts import opt_out_states, switches, untried
from undeclared.experiment.plan import Plan, make_plan
from undeclared.experiment.reduced import reduced_levels
from undeclared.experiment.suggested import tried

__all__ = [
    "Conclusion",
    "Execute",
    "Plan",
    "Watch",
    "carry_out",
    "changes_tried",
    "coverage",
    "identifiers",
    "identity",
    "make_plan",
    "opt_out_states",
    "reduced_levels",
    "switches",
    "tried",
    "untried",
]

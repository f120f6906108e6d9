"""Design, drive, compare, attribute, size: which facts of the machine change which bytes.

plan          which signals and levels, for one agent
design        environments and trials
readings      a run as readings at places, through several views
table         readings of all runs side by side, as patterns
causes        the signals that a difference is a function of
probing       further runs that tell rival causes apart
hypotheses    what discovery runs suggest
confirm       exact tests on fresh runs
influence     what was established
size          what a receiver learns from all of it together
drive         all of it, in order
canaries      planted secrets in what was sent
reads         which signals the agent reads, as seen on its own side
contents      which categories of data were sent to whom
optouts       what opting out leaves of the contacts
identities    runs in a home that is kept, with one thing at a time another
identifiers   values that stay the same, and where they come from
coverage      what was exercised, and what was not
"""

from undeclared.experiment.canaries import canary_facts, canary_places
from undeclared.experiment.conclusion import Conclusion, Watch
from undeclared.experiment.contacts import contact_facts
from undeclared.experiment.contents import content_facts
from undeclared.experiment.coverage import coverage
from undeclared.experiment.drive import Execute, carry_out
from undeclared.experiment.identifiers import changes_tried, identifiers
from undeclared.experiment.identities import identity
from undeclared.experiment.known import World
from undeclared.experiment.optouts import opt_out_states, switches, untried
from undeclared.experiment.plan import Plan, make_plan
from undeclared.experiment.reads import reads, unobserved
from undeclared.experiment.suggested import tried

__all__ = [
    "Conclusion",
    "Execute",
    "Plan",
    "Watch",
    "World",
    "canary_facts",
    "canary_places",
    "carry_out",
    "changes_tried",
    "contact_facts",
    "content_facts",
    "coverage",
    "identifiers",
    "identity",
    "make_plan",
    "opt_out_states",
    "reads",
    "switches",
    "tried",
    "unobserved",
    "untried",
]

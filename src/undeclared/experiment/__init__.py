"""Design, drive, compare, attribute, size: which facts of the machine change which bytes.

design        environments and trials
readings      a run as readings at places, through several views
table         readings of all runs side by side, as patterns
hypotheses    what discovery runs suggest
confirm       exact tests on fresh runs
influence     what was established
drive         all of it, in order
"""

from undeclared.experiment.confirm import FAMILY_WISE_ERROR
from undeclared.experiment.contacts import contact_facts
from undeclared.experiment.design import environments
from undeclared.experiment.drive import Conclusion, Execute, Plan, Watch, carry_out

__all__ = [
    "FAMILY_WISE_ERROR",
    "Conclusion",
    "Execute",
    "Plan",
    "Watch",
    "carry_out",
    "contact_facts",
    "environments",
]

"""What runs say without being compared: who was contacted, what was read, what was sent.

contacts      hosts, how often, when
reads         which signals the agent reads, as seen on its own side
canaries      planted secrets in what was sent
contents      which categories of data were sent to whom
known         what the world of a run holds that could be sent
searching     a text in all that was sent, plain, encoded or as a digest
troubles      what keeps an agent from working
"""

from undeclared.facts.canaries import canary_facts, canary_places
from undeclared.facts.contacts import contact_facts
from undeclared.facts.contents import content_facts
from undeclared.facts.known import World
from undeclared.facts.reads import reads, unobserved

__all__ = [
    "World",
    "canary_facts",
    "canary_places",
    "contact_facts",
    "content_facts",
    "reads",
    "unobserved",
]

"""Who was contacted, what for, and whether the vendor says so."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from undeclared.catalogue import AgentProfile
from undeclared.model import Contact, ContactFact, Role


def contacts(
    facts: Iterable[ContactFact],
    profile: AgentProfile,
    learned: Mapping[str, float] | None = None,
    opted_out: Mapping[str, bool] | None = None,
) -> tuple[Contact, ...]:
    """Contacts with their role and declaration, those with most requests first.

    `learned` are the bits that a host learns of the environment; none for those not in it.
    `opted_out` says which hosts but the model's are contacted with every documented switch set;
    empty if that was not tried.
    """
    found = [
        Contact(
            host=fact.host,
            port=fact.port,
            role=role(fact.host, profile, answered_as_model=fact.answered_as_model),
            declared=True if fact.answered_as_model else declared(fact.host, profile),
            requests=fact.requests,
            bytes_out=fact.bytes_out,
            when_opted_out=True
            if opted_out and fact.answered_as_model
            else (opted_out or {}).get(fact.host),
            runs=fact.runs,
            phases=fact.phases,
            bits_learned=(learned or {}).get(fact.host, 0.0),
        )
        for fact in facts
    ]
    return tuple(sorted(found, key=lambda contact: (-contact.requests, contact.host)))


def role(host: str, profile: AgentProfile, *, answered_as_model: bool = False) -> Role:
    """What a host is for, as far as the profile or its behaviour tells."""
    for known in profile.hosts:
        if fnmatchcase(host, known.host):
            return Role(known.role)
    return Role.MODEL if answered_as_model else Role.OTHER


def declared(host: str, profile: AgentProfile) -> bool | None:
    """Whether the vendor declares a host; None where the profile holds no declarations."""
    if not profile.declarations:
        return None
    return any(fnmatchcase(host, statement.host) for statement in profile.declarations)

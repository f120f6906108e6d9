"""What was sent, by kind of data, against what the vendor says is sent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from undeclared.catalogue import AgentProfile, ContentKind, Known, content_kinds
from undeclared.judge.contacts import role
from undeclared.model import (
    AskedFor,
    CanaryFact,
    Content,
    ContentExample,
    ContentFact,
    Identifier,
    Role,
    Sought,
)

_EXAMPLES = 3
_ORIGINS = {"home": "an identifier kept in {source}", "hash": "the {source}"}
_UNKNOWN = "an identifier of unknown origin"


def sought() -> tuple[Sought, ...]:
    """The categories that are looked for, in the order in which they are listed."""
    return tuple(Sought(category=kind.id, title=kind.title) for kind in content_kinds().values())


def contents(
    facts: Sequence[ContentFact],
    canaries: Sequence[CanaryFact],
    identifiers: Sequence[Identifier],
    profile: AgentProfile,
) -> tuple[Content, ...]:
    """What each host was sent, and whether the vendor says so; by host, then by category.

    Planted secrets and identifiers are told with the rest.
    """
    kinds = content_kinds()
    rows: dict[tuple[str, str, AskedFor], list[ContentFact]] = defaultdict(list)
    secrets, telling = _kind(Known.CANARIES), _kind(Known.IDENTIFIERS)
    for fact in (*facts, *_of_canaries(canaries, secrets), *_of_ids(identifiers, telling, facts)):
        rows[fact.host, fact.category, fact.asked_for].append(fact)
    order = {name: number for number, name in enumerate(kinds)}
    return tuple(
        _content(_together(own), kinds[category], profile)
        for (_, category, _), own in sorted(
            rows.items(), key=lambda row: (row[0][0], order[row[0][1]], row[0][2])
        )
    )


def _kind(known: Known) -> ContentKind:
    """The category that something belongs to."""
    return next(
        kind
        for kind in content_kinds().values()
        if any(thing.known is known for thing in kind.things)
    )


def _of_canaries(facts: Iterable[CanaryFact], kind: ContentKind) -> Iterable[ContentFact]:
    for fact in facts:
        asked = AskedFor.TOOL if fact.asked_for else AskedFor.NOBODY
        example = ContentExample(
            what=fact.place, form=fact.form, text="…", locus=fact.locus, runs=fact.runs,
            evidence=fact.evidence[0],
        )  # fmt: skip
        yield ContentFact(
            host=fact.host, model=fact.model, category=kind.id, asked_for=asked,
            what=(fact.place,), runs=fact.runs, of=fact.of, requests=fact.flows,
            examples=(example,),
        )  # fmt: skip


def _of_ids(
    identifiers: Iterable[Identifier], kind: ContentKind, facts: Sequence[ContentFact]
) -> Iterable[ContentFact]:
    """Those that are no facts themselves: what is a fact is among the facts already."""
    models = {fact.host for fact in facts if fact.model}
    for own in identifiers:
        if own.origin == "fact" or not own.evidence:
            continue
        what = what_of(own)
        for host in own.hosts:
            locus = next(each for each in (own.locus, *own.also_at) if each.host == host)
            example = ContentExample(
                what=what, form="plain", text=own.shown, locus=locus, runs=own.runs,
                evidence=own.evidence[0],
            )  # fmt: skip
            yield ContentFact(
                host=host, model=host in models, category=kind.id, asked_for=AskedFor.NOBODY,
                what=(what,), runs=own.runs, of=own.of, requests=own.runs, examples=(example,),
            )  # fmt: skip


def what_of(identifier: Identifier) -> str:
    """An identifier for a person: `an identifier kept in ~/.config/x.json`, or the fact it is."""
    if identifier.origin == "fact":
        return identifier.source
    return _ORIGINS.get(identifier.origin, _UNKNOWN).replace("{source}", identifier.source)


def _together(facts: Sequence[ContentFact]) -> ContentFact:
    """Facts of one host and category in one; the counts are those of the most frequent."""
    most = max(facts, key=lambda own: (own.runs, own.of))
    firsts = [fact.examples[0] for fact in facts]
    others = [example for fact in facts for example in fact.examples[1:]]
    return most.model_copy(
        update={
            "model": any(own.model for own in facts),
            "what": tuple(dict.fromkeys(what for own in facts for what in own.what)),
            "requests": max(own.requests for own in facts),
            "examples": (*firsts, *others)[:_EXAMPLES],
        }
    )


def _content(fact: ContentFact, kind: ContentKind, profile: AgentProfile) -> Content:
    said = [
        own
        for own in profile.data
        if kind.id in own.categories and _is_about(own.to, fact, profile)
    ]
    sends = next((own for own in said if own.sent), None)
    statement = sends or next(iter(said), None)
    return Content(
        **fact.model_dump(exclude={"examples"}),
        examples=fact.examples,
        title=kind.title,
        declared=statement.sent if statement else None,
        says=statement.says if statement else "",
        source=statement.source if statement else "",
    )


def _is_about(to: str, fact: ContentFact, profile: AgentProfile) -> bool:
    """Whether a statement is about a host: named so, or of a role."""
    if to in {own.value for own in Role}:
        return role(fact.host, profile, answered_as_model=fact.model).value == to
    return fnmatchcase(fact.host, to)

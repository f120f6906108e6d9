"""Which programs there are, what each is made of, and under which ids."""

import random
from dataclasses import dataclass
from typing import Any

from generator import controls, forms, forms_http, forms_transport
from generator.conditions import ATOMS, VALUES, Atom, Condition, choose, choose_each
from generator.controls import BENIGN, NULL, Control
from generator.facts import FACTS, JS, PY
from generator.forms import INFLUENCE, MARK, Form
from generator.prompts import PRODUCTS, Product

VARIANTS = ("clean", "noisy", "gated", "obfuscated")
FIRST = 3
"""Number of the first id: the ones before were written by hand."""

FORMS = (
    *forms.TEXTS,
    *forms.DATES,
    *forms.STRUCTURE,
    *forms.IDS,
    *forms_http.HEADERS,
    *forms_http.EVENTS,
    *forms_http.VALUES,
    *forms_transport.HANDSHAKES,
    *forms_transport.NAMES,
    *forms_transport.TIMES,
)
NULLS = 12
"""Programs that only vary."""
_NAMES = ("mode", "style", "lane", "tier", "look", "pick", "kind", "grade")


@dataclass(frozen=True)
class Program:
    """One specimen, before it is written."""

    id: str
    form: Form
    variant: str
    twin: bool
    """The benign twin: the same, by lot."""
    language: str
    wire: str
    transport: str
    product: Product
    condition: Condition | None
    name: str
    """Of the variable that says whether."""
    key: int
    control: Control | None = None
    package: str = ""

    @property
    def benign(self) -> bool:
        """Whether nothing of the machine changes what it sends."""
        return self.twin or self.form.label in (BENIGN, NULL)

    @property
    def noisy(self) -> bool:
        """Whether ids and times are sent as well."""
        return self.variant != "clean"


def programs(seed: int) -> list[Program]:
    """All of them, in the order of their ids, which says nothing about them."""
    chance = random.Random(f"specimens {seed}")  # noqa: S311 - not for secrets
    found = [*_positives(chance), *_controls(chance), *_packages(chance)]
    chance.shuffle(found)
    return [
        Program(**{**entry, "id": f"s{number:04d}"})
        for number, entry in enumerate(found, start=FIRST)
    ]


def _positives(chance: random.Random) -> list[dict[str, Any]]:
    found = []
    for number, form in enumerate(FORMS):
        for turn, variant in enumerate(VARIANTS):
            language = form.languages[(number + turn) % len(form.languages)]
            own = _common(form, variant, language, chance)
            condition = choose(variant, number + turn, chance)
            if form.value:
                condition = _value_condition(variant, number)
            elif form.bits > 1:
                condition = choose_each(turn)
            for twin in (False, True):
                found += [{**own, "condition": condition, "twin": twin}]
    return found


def _value_condition(variant: str, number: int) -> Condition:
    """Of a program that sends a value: the first statement names its signal only."""
    concealed = variant == "obfuscated"
    signal = "timezone" if concealed else VALUES[number % len(VALUES)]
    value = Atom(signal, "prefix", ("",))
    if variant == "gated":
        gates = [atom for atom in ATOMS if atom.signal == "base-url-host"]
        return Condition((value, gates[number % len(gates)]))
    return Condition((value,), concealed=concealed, decoder=number)


def _controls(chance: random.Random) -> list[dict[str, Any]]:
    found = []
    for number, control in enumerate(controls.CONTROLS):
        form = control.form
        times = NULLS if form.label == NULL else 4
        for turn in range(times):
            language = form.languages[(number + turn) % 2]
            variant = "noisy" if form.label == NULL or turn >= times // 2 else "clean"
            own = _common(form, variant, language, chance)
            found.append({**own, "control": control})
    return found


def _packages(chance: random.Random) -> list[dict[str, Any]]:
    """Some programs once more: as a minified bundle, and as a native executable."""
    found = []
    by_name = {form.name: form for form in FORMS}
    packed = {"bundle": ("tools-order", "in-body"), "executable": ("apostrophe",)}
    for package, names in packed.items():
        for number, form in enumerate(by_name[name] for name in names):
            own = _common(form, "gated", JS, chance)
            own["transport"] = "request"
            condition = choose("gated", number, chance)
            if form.value:
                condition = _value_condition("gated", number)
            for twin in (False, True):
                extra = {"condition": condition, "twin": twin, "package": package}
                found.append({**own, **extra})
    return found


def _common(form: Form, variant: str, language: str, chance: random.Random) -> dict[str, Any]:
    wire = form.wires[0]
    if len(form.wires) > 1 and chance.random() < 0.4:
        wire = chance.choice(form.wires[1:])
    transport = form.transport or chance.choice(("request", "request", "fetch"))
    return {
        "form": form,
        "variant": variant,
        "twin": False,
        "language": language,
        "wire": wire,
        "transport": transport,
        "product": chance.choice(PRODUCTS),
        "condition": None,
        "name": chance.choice(_NAMES),
        "key": chance.randrange(1000),
    }


def truth(program: Program) -> dict[str, Any]:
    """What is true of a program, from the same description that its code is made from."""
    form = program.form
    base = {"family": form.family, "form": form.name, "variant": program.variant}
    if program.benign:
        label = None if form.label == NULL else BENIGN
        return {"label": label, "bits": 0, **base}
    claim: dict[str, Any] = {"label": form.label, "channel": form.channel}
    if program.control is not None:
        claim |= {"signals": program.control.signals, "bits": 1, "at_least": True}
    elif form.value:
        assert program.condition is not None  # noqa: S101 - every positive has one
        lead, *gates = program.condition.atoms
        claim["signals"] = {lead.signal: ["*"]}
        if gates:
            claim["gate"] = {gate.signal: gate.levels for gate in gates}
        claim |= {"bits": 1, "at_least": True}
    else:
        assert program.condition is not None  # noqa: S101
        claim |= program.condition.truth() | {"bits": form.bits}
    return {**claim, "locus": locus(program), **base}


_PARTS = {
    "http.header-order": "headers",
    "http.query": "query",
    "http.path": "line",
    "http.method": "line",
    "http.version": "line",
    "tls.client-hello": "client-hello",
    "h2.settings": "h2-opening",
    "dns.name": "question",
    "host.contact": "request",
    "time.delay": "request",
    "time.order": "request",
    "time.count": "request",
}


def locus(program: Program) -> dict[str, str]:
    """The part of which request, as an audit names them."""
    form = program.form
    code = form.fill(program.language) or {}
    if form.channel in _PARTS:
        return {"part": _PARTS[form.channel]}
    in_header = any(place in code for place in ("headers_more", "headers_change", "agent_gap"))
    return {"part": "header" if in_header else "body"}


__all__ = ["FACTS", "FORMS", "INFLUENCE", "JS", "MARK", "PY", "Program", "programs", "truth"]

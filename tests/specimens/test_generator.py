"""What the generator makes: the same every time, of every kind, and telling nothing."""

import ast
import json
import random
import re
from collections import Counter, defaultdict
from difflib import ndiff

import pytest
from generator import conditions
from generator.assembly import source
from generator.conditions import Atom, Condition
from generator.facts import FACTS, PY
from generator.population import VARIANTS, Program, programs, truth
from generator.writing import description, digest, texts
from oracle import LEVELS, SPECIMENS
from test_specimen_format import TELLING
from verify import CHANNELS

from undeclared.catalogue import Wire, signals


def _positive(own: Program) -> bool:
    return not own.benign


def test_the_specimens_are_those_of_the_manifest(population: list[Program]) -> None:
    manifest = json.loads((SPECIMENS / "manifest.json").read_text())
    assert len(population) == manifest["specimens"]
    assert digest(population) == manifest["sha256"], (
        "run `make specimens MANIFEST=yes` once the change is meant"
    )


def test_another_seed_makes_others(population: list[Program]) -> None:
    assert digest(programs(1)) != digest(population)


def test_ids_are_unique_and_say_nothing_of_the_label(population: list[Program]) -> None:
    assert len({own.id for own in population}) == len(population)
    halves = Counter(
        (number < len(population) // 2, own.benign) for number, own in enumerate(population)
    )
    for label in (False, True):
        assert abs(halves[True, label] - halves[False, label]) < 0.25 * len(population)


def test_every_family_comes_in_every_variant_with_a_twin(population: list[Program]) -> None:
    kinds = defaultdict(set)
    for own in population:
        if own.control is None:
            kinds[own.form.family, own.form.name].add((own.variant, own.twin))
    assert len({family for family, _ in kinds}) >= 45
    for found in kinds.values():
        assert found == {(variant, twin) for variant in VARIANTS for twin in (False, True)}


def test_there_are_as_many_benign_ones_as_others(population: list[Program]) -> None:
    benign = sum(own.benign for own in population)
    assert benign >= len(population) - benign


def test_every_wire_language_and_package_occurs(population: list[Program]) -> None:
    assert {own.wire for own in population} == {wire.value for wire in Wire}
    assert {own.language for own in population} == {"js", "py"}
    assert {own.package for own in population} == {"", "bundle", "executable"}


def test_every_channel_of_a_truth_has_a_rule_of_the_oracle(population: list[Program]) -> None:
    assert {truth(own).get("channel") for own in population} - {None} <= set(CHANNELS)


def test_every_program_is_whole_and_tells_nothing(population: list[Program]) -> None:
    for own in population:
        text = source(own)
        assert "«" not in text
        assert "@F@" not in text
        assert not TELLING.search(text), (own.id, TELLING.search(text))
        if own.language == PY:
            ast.parse(text)


def test_a_twin_differs_in_one_statement(population: list[Program]) -> None:
    by_kind = defaultdict(dict)
    for own in population:
        if own.control is None:
            by_kind[own.form.name, own.variant, own.package, own.key][own.twin] = own
    for pair in by_kind.values():
        one, other = (source(pair[twin]).splitlines() for twin in (False, True))
        changed = [line for line in ndiff(one, other) if line[0] in "+-"]
        statements = [line for line in changed if not re.match(r"[+-] (import|from)\b", line)]
        assert [line[0] for line in statements] == ["-", "+"], changed


def test_the_triggering_levels_can_be_set(population: list[Program]) -> None:
    for own in population:
        told = truth(own)
        for signal, wanted in {**told.get("signals", {}), **told.get("gate", {})}.items():
            assert signal in LEVELS, "the oracle can set it"
            for level in wanted if isinstance(wanted, list) else ():
                assert "*" in level or signals()[signal].accepts(level)


def test_the_catalogue_has_a_level_that_triggers_each_condition() -> None:
    from fnmatch import fnmatchcase

    for atom in (*conditions.ATOMS, *conditions.HIDDEN_ATOMS):
        if atom.levels == "not-default":
            continue
        levels = [own.value for own in signals()[atom.signal].levels]
        hits = [own for own in levels if any(fnmatchcase(own, one) for one in atom.levels)]
        assert hits, atom
        assert hits != levels, atom


@pytest.mark.parametrize("decoder", [0, 1])
@pytest.mark.parametrize("key", [0, 7, 500])
def test_what_is_concealed_is_decoded_again(decoder: int, key: int) -> None:
    items = ("Asia/Urumqi", "Asia/Shanghai")
    condition = Condition((Atom("timezone", "equals", items),), concealed=True, decoder=decoder)
    code = condition.code(PY, key)
    for item in items:
        assert item not in "\n".join(code.constants)
    name = FACTS["timezone"].name
    program = "\n".join(["import base64", code.helper, *code.constants, f"found = {code.test}"])
    for zone, wanted in (("Asia/Urumqi", True), ("Asia/Tokyo", False)):
        space = {name: zone}
        exec(program, space)
        assert space["found"] is wanted


def test_a_condition_that_is_no_conjunction_says_so() -> None:
    pair = (Atom("timezone", "prefix", ("Asia/",)), Atom("base-url-host", "moved"))
    assert Condition(pair, logic="xor").truth()["logic"] == "xor"
    assert "logic" not in Condition(pair).truth()
    assert Condition(pair).truth()["gate"] == {"base-url-host": "not-default"}


def test_a_description_has_the_fields_of_the_format(population: list[Program]) -> None:
    own = random.Random(1).choice(population)
    assert set(description(own)) == {
        "schema", "id", "command", "wire", "base_url_env", "default_host", "key_env", "truth",
    }  # fmt: skip
    assert set(texts(own)) > {"specimen.yaml"}

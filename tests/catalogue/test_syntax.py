import pytest

from undeclared.catalogue.document import CatalogueError
from undeclared.catalogue.loader import parse
from undeclared.catalogue.syntax import Meaning, Rule, javascript, names_in

RULE = """
means: {means}
names: [os.hostname]
examples:
  match: ["{match}"]
  reject: ["{reject}"]
"""


def _rule(means="runtime", match="os.hostname()", reject="os.tmpdir()"):
    return parse(RULE.format(means=means, match=match, reject=reject), Rule, "rule.yaml")


def test_a_rule_whose_examples_hold_is_taken():
    assert _rule().match("os.hostname")


@pytest.mark.parametrize(
    "wrong",
    [{"match": "url.hostname"}, {"reject": "f(os.hostname())"}, {"means": "sends"}],
)
def test_a_rule_whose_examples_do_not_hold_is_refused(wrong):
    with pytest.raises(CatalogueError, match=r"rule\.yaml"):
        _rule(**wrong)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("new URL(x).hostname", "URL.hostname"),
        ("f(a.b['c'].d)", "a.b.d"),
        ("process?.env?.TZ", "process.env.TZ"),
    ],
)
def test_names_in_code_have_no_arguments_and_indices(code, name):
    assert name in names_in(code)


def test_names_within_texts_are_none():
    assert "os.hostname" not in names_in("x('os.hostname')")


@pytest.mark.parametrize(
    ("means", "name"),
    [
        (Meaning.VARIABLES, "process.env"),
        (Meaning.RUNTIME, "os.hostname"),
        (Meaning.SENDS, "fetch"),
        (Meaning.SENDS, "request.setHeader"),
        (Meaning.BLIND, "console.log"),
    ],
)
def test_what_is_known_of_javascript(means, name):
    assert javascript().rule(means, name) is not None


def test_a_method_counts_only_on_an_object_that_can_be_meant():
    assert javascript().rule(Meaning.SENDS, "x.append", "headers") is not None
    assert javascript().rule(Meaning.SENDS, "x.append", "list") is None

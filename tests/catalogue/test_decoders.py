import pytest

from undeclared import catalogue
from undeclared.catalogue import CatalogueError, Decoder
from undeclared.catalogue.loader import parse

ENTRY = """
id: xor
says: xor {{key}}
method: keyed
operation: xor
stream: constant
rank: 1
cost: 1
examples:
  match: [{{encoded: "lnedm", key: "\\x01", decoded: {decoded}}}]
  reject: [{{encoded: "lnedm", key: "\\x02", decoded: model}}]
"""


def test_every_decoder_and_every_kind_of_constants_loads_in_its_order() -> None:
    ranks = [decoder.rank for decoder in catalogue.decoders().values()]
    assert ranks == sorted(ranks)
    assert {"base64", "hex", "xor", "rotate", "gzip", "aes-cbc"} <= set(catalogue.decoders())
    assert {"host-name", "time-zone", "url", "word"} <= set(catalogue.constant_kinds())


def test_an_entry_whose_example_does_not_hold_is_refused() -> None:
    assert parse(ENTRY.format(decoded="model"), Decoder, "xor.yaml").id == "xor"
    with pytest.raises(CatalogueError, match="should become"):
        parse(ENTRY.format(decoded="other"), Decoder, "xor.yaml")


@pytest.mark.parametrize(
    ("kind", "text", "fits"),
    [
        ("host-name", "api.model.co.uk", True),
        ("host-name", "index.js", False),
        ("time-zone", "Asia/Urumqi", True),
        ("time-zone", "Asia/Nowhere", False),
        ("locale", "zh-Hant-TW", True),
        ("url", "https://a.example/x", True),
    ],
)
def test_constants_are_told_by_their_form(kind, text, fits) -> None:
    assert catalogue.constant_kinds()[kind].fits(text) is fits


@pytest.mark.parametrize("decoder", catalogue.decoders().values(), ids=lambda one: one.id)
@pytest.mark.parametrize("data", [b"", b"=", b"%", b"\\", b"\xff" * 50, b"1,2,", b"[", b'"'])
def test_no_decoder_fails_on_anything(decoder, data) -> None:
    assert isinstance(decoder.decode(data, b"k" * 16, b"s" * 16), bytes | None)

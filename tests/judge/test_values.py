import base64
import hashlib

import pytest

from undeclared.judge.values import Carried, carried
from undeclared.model import Influence, Locus, Signal, Status, Variant, View

ZONES = ("Etc/UTC", "Asia/Shanghai")


def influence(show, pointer: str = "/tag") -> Influence:
    return Influence(
        cause="c",
        locus=Locus(host="h", method="POST", path="/", part="body", pointer=pointer),
        view=View.TEXT,
        signals=(Signal(id="timezone", levels=ZONES[1:]),),
        variants=tuple(
            Variant(
                text=show(zone),
                changed=show(zone),
                isolated=show(zone),
                when={"timezone": zone},
                conditions=(Signal(id="timezone", levels=(zone,)),),
                seen=3,
                of=3,
            )
            for zone in ZONES
        ),
        contrasts=(),
        status=Status.ESTABLISHED,
        bits=1,
    )


@pytest.mark.parametrize(
    ("show", "form", "hashed"),
    [
        (lambda own: own.encode().hex(), "hex", False),
        (lambda own: own[::-1], "reversed", False),
        (lambda own: base64.b64encode(b"x" + own.encode() + b"y").decode(), "base64", False),
        (lambda own: base64.b32encode(own.encode()).decode(), "base32", False),
        (lambda own: own.replace("/", "%2F"), "URL encoding", False),
        (lambda own: hashlib.sha256(own.encode()).hexdigest(), "sha256", True),
        (lambda own: hashlib.md5(f"{own}\n".encode()).hexdigest()[:8], "md5", True),
        (lambda own: base64.b64encode(hashlib.sha1(own.encode()).digest()).decode(), "sha1", True),
    ],
)
def test_a_value_is_found_in_its_form(show, form: str, hashed: bool):
    assert carried(influence(show)) == Carried(form, "timezone", hashed)


@pytest.mark.parametrize(
    "show",
    [
        lambda own: own,
        lambda own: f"zone={own}",
        lambda own: str(len(own)),
        lambda own: "region 1" if own == ZONES[0] else "region 2",
    ],
)
def test_a_plain_or_another_value_is_not_told_as_one(show):
    assert carried(influence(show)) is None


def test_what_is_within_an_opaque_layer_is_encoded():
    found = carried(influence(lambda own: own.lower(), "/blob#base64#json/zone"))
    assert found == Carried("base64", "", hashed=False)


def test_a_digest_with_a_secret_salt_looks_like_one():
    def salted(own: str) -> str:
        return hashlib.sha256(b"salt" + own.encode()).hexdigest()[:16]

    assert carried(influence(salted)) == Carried("", "timezone", hashed=True)

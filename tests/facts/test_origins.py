import base64
import hashlib
import uuid

import pytest

from undeclared.catalogue import Known
from undeclared.facts.known import Fact
from undeclared.facts.origins import of_facts, of_home
from undeclared.facts.tokens import tokens
from undeclared.model import HomeFile

FACTS = [
    ("the host name", Fact(Known.HOSTNAME, "orlop-sandpiper")),
    ("the user's login name", Fact(Known.USERNAME, "quillon.wren")),
    ("the machine id", Fact(Known.MACHINE_ID, "c41f8e02b97d4a6f9b15e3d7084ac26d")),
]


def sha(text):
    return hashlib.sha256(text.encode())


@pytest.mark.parametrize(
    ("value", "kind", "source"),
    [
        ("c41f8e02-b97d-4a6f-9b15-e3d7084ac26d", "fact", "the machine id"),
        (sha("orlop-sandpiper").hexdigest(), "hash", "sha256 of the host name"),
        (sha("orlop-sandpiper").hexdigest()[:20].upper(), "hash", "sha256 of the host name"),
        (sha("ORLOP-SANDPIPER").hexdigest(), "hash", "sha256 of the host name"),
        (base64.b64encode(sha("orlop-sandpiper\n").digest()).decode(), "hash",
         "sha256 of the host name"),
        (hashlib.md5(b"quillon.wren@orlop-sandpiper").hexdigest(), "hash",
         "md5 of the user's login name and the host name"),
        (str(uuid.uuid5(uuid.NAMESPACE_DNS, "orlop-sandpiper")), "hash",
         "UUID v5 (DNS) of the host name"),
        (str(uuid.UUID(bytes=sha("orlop-sandpiper").digest()[:16], version=4)), "hash",
         "sha256 of the host name"),
        (sha(sha("quillon.wren").hexdigest()).hexdigest(), "hash",
         "sha256 of the sha256 of the user's login name"),
    ],
)  # fmt: skip
def test_facts_and_their_digests_are_known(value, kind, source):
    (token,) = tokens(f"id={value}")
    found = of_facts(token, FACTS)
    assert (found.kind, found.source) == (kind, source)


def test_a_digest_of_something_else_is_of_no_fact():
    (token,) = tokens(sha("another").hexdigest())
    assert of_facts(token, FACTS) is None


def test_the_smallest_file_that_keeps_a_value_is_told():
    own = str(uuid.UUID(int=5 << 100 | 77 << 50 | 3))
    (token,) = tokens(own)
    files = [
        HomeFile(path="log.jsonl", content=b"x" * 900 + own.encode()),
        HomeFile(path=".a/id", content=own.upper().encode().lower()),
        HomeFile(path=".a/other", content=b"nothing"),
    ]
    assert of_home(token, files).source == "~/.a/id"
    assert of_home(token, files[2:]) is None

import hashlib
import random

import pytest
from test_channels_found import MARKED, http, simulate

from undeclared.model import Influence


def marked(zone: str) -> bool:
    return zone == MARKED


def at(found: list[Influence], pointer: str) -> Influence:
    return next(own for own in found if own.locus.pointer == pointer)


@pytest.mark.parametrize(
    ("value", "function"),
    [
        (lambda prompt: len(prompt), "length of body /prompt"),
        (lambda prompt: hashlib.md5(prompt.encode()).hexdigest(), "md5 of body /prompt"),
        (lambda prompt: hashlib.sha256(prompt.encode()).hexdigest()[:12], "sha256 of body /prompt"),
    ],
)
def test_a_function_of_another_field_follows_from_it(value, function: str):
    def agent(bit: bool, zone: str, noise: random.Random):
        prompt = "It’s a day, and a long one." if bit else "It's a day."
        return [http({"prompt": prompt, "derived": value(prompt)})]

    found = simulate(agent, marked, 3)
    follower, root = at(found, "/derived"), at(found, "/prompt")
    assert follower.function == function
    assert follower.follows == (root.cause,)
    assert root.follows == ()


def test_the_number_of_elements_follows_from_their_presence():
    def agent(bit: bool, zone: str, noise: random.Random):
        tools = [{"name": name} for name in ("a", "b", *(["c"] if bit else []))]
        return [http({"tools": tools, "count": len(tools)})]

    found = simulate(agent, marked, 3)
    assert at(found, "/count").function == "number of elements of body /tools"
    assert at(found, "/count").follows == (at(found, "/tools/[name=c]").cause,)


def test_what_only_changes_along_stands_for_itself():
    def agent(bit: bool, zone: str, noise: random.Random):
        return [http({"prompt": "Brief." if bit else "In brief.", "effort": 3 if bit else 4})]

    assert all(own.follows == () for own in simulate(agent, marked, 3))


def test_the_digest_and_length_of_a_body_in_a_header_are_no_difference():
    def agent(bit: bool, zone: str, noise: random.Random):
        flow = http({"id": noise.random()})
        digest = hashlib.sha256(flow.request.body).hexdigest().encode()
        headers = (*flow.request.headers, (b"X-Body-Hash", digest))
        request = flow.request.model_copy(update={"headers": headers})
        return [flow.model_copy(update={"request": request})]

    assert simulate(agent, marked, 3) == []

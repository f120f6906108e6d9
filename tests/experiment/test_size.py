import random

import pytest
from simulation import DEFAULT_HOST, HOSTS, ZONES, conclude

from undeclared.model import Environment, Signal
from undeclared.views.readings import MODEL_HOST

OTHER = Signal(id="other", levels=("a", "b", "c"))


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        (lambda own: own["timezone"] == "Asia/Tokyo", 1),
        (lambda own: own["timezone"], 2.3219),
        (lambda own: f"{own['timezone'] == 'Asia/Tokyo'}, and {own['base-url-host']}", 3),
        # Two loci with the same cause tell no more than one.
        (lambda own: f"{own['timezone'] == 'Asia/Tokyo'}\n{own['timezone'] == 'Asia/Tokyo'}", 1),
        (lambda own: f"{own['timezone'] == 'Asia/Tokyo'}\n{own['timezone'] == 'Etc/UTC'}", 1.585),
    ],
)
def test_the_model_learns_all_that_its_loci_tell_together(text, bits):
    def body(environment: Environment, noise: random.Random) -> object:
        return {"text": f"It is so: {text(environment)}", "id": noise.random()}

    assert conclude(body, signals=(HOSTS, ZONES)).learned == {MODEL_HOST: bits}


def test_who_gets_nothing_but_noise_learns_nothing():
    def body(environment: Environment, noise: random.Random) -> object:
        return {"id": noise.random(), "to": DEFAULT_HOST}

    assert conclude(body).learned == {}

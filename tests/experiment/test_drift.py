"""An agent that answers differently as time goes on."""

import random

from simulation import conclude

from undeclared.model import Environment, Status


def test_a_change_with_time_is_named_and_laid_to_no_signal():
    asked = 0

    def body(environment: Environment, noise: random.Random) -> object:
        nonlocal asked
        asked += 1
        return {"system": "new text" if asked > 30 else "old text", "id": noise.getrandbits(64)}

    conclusion = conclude(body)
    assert [own.pointer for own in conclusion.drifting] == ["/system"]
    assert not [own for own in conclusion.influences if own.status is Status.ESTABLISHED]


def test_what_a_signal_decides_or_chance_is_no_drift():
    for seed in range(10):

        def body(environment: Environment, noise: random.Random) -> object:
            mark = "’" if environment["timezone"] == "Asia/Tokyo" else "'"
            return {
                "system": f"It{mark}s a day.",
                "id": noise.getrandbits(64),
                "kind": noise.choice("abc"),
                "rare": noise.random() < 0.1,
            }

        assert not conclude(body, seed).drifting

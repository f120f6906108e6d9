import pytest
from stage import lab_or_skip, make_lab, make_trial


@pytest.fixture(scope="module")
def lab():
    with lab_or_skip(make_lab()) as opened:
        yield opened


@pytest.fixture
def act(lab):
    """Run the agent once: `act("fail", timezone="Asia/Tokyo")`."""

    def act(what="unset", **levels):
        (run,) = lab.run([make_trial(act=what, **levels)])
        return run

    return act

import pytest
from stage import make_profile

from undeclared.catalogue import signals
from undeclared.lab import suitability
from undeclared.model import Environment, LabUnavailable, UsageError


def require(profile=None, **levels):
    named = {name.replace("_", "-"): level for name, level in levels.items()}
    suitability.require_environment(profile or make_profile(), signals(), Environment.of(named))


def test_an_environment_of_known_levels_suits():
    require(timezone="Asia/Tokyo", base_url_host="gateway.example.cn", hostname="ci-7")


@pytest.mark.parametrize(
    ("levels", "problem"),
    [
        ({"timezone": "../etc/passwd"}, "no level of the signal timezone"),
        ({"weather": "fine"}, "no level of the signal weather"),
        ({"container": "jail"}, "no level of the signal container"),
        ({"model": "m-2"}, "names no variable or file for the model"),
        ({"observers": "none"}, "both `base_url_env` and `default_host`"),
        ({"kernel": "6.6.32-linuxkit", "wsl": "wsl2"}, "exclude each other: .* both set kernel"),
    ],
)
def test_an_environment_that_cannot_be_given_is_refused(levels, problem):
    with pytest.raises(UsageError, match=problem):
        require(**levels)


def test_a_signal_that_cannot_be_given_at_all_is_refused():
    with pytest.raises(UsageError, match="the signal model cannot be given to actor"):
        suitability.require_signal(make_profile(), signals()["model"])
    suitability.require_signal(make_profile(), signals()["observers"])


def test_a_machine_that_cannot_show_an_environment_says_so(monkeypatch):
    monkeypatch.setattr("undeclared.lab.clock.library", lambda: None)
    require(timezone="Asia/Tokyo")
    with pytest.raises(LabUnavailable, match="libfaketime is not installed"):
        require(clock="+3d")
    monkeypatch.setattr("undeclared.lab.facade.known", lambda: False)
    with pytest.raises(LabUnavailable, match="cannot be answered"):
        require(kernel="6.6.32-linuxkit")

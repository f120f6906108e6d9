from pathlib import Path

import pytest
from stage import ACT, make_profile

from undeclared.catalogue import signals
from undeclared.lab import world
from undeclared.model import Environment

VARIED = {**{name: signals()[name] for name in ("timezone", "base-url-host")}, "act": ACT}
MACHINE = world.Machine(
    folders=("/usr",),
    links=(("/bin", "usr/bin"),),
    zones=Path("/venv/zoneinfo"),
    share=None,
    runtimes=((Path("/custom/node"), "/opt/node"),),
)
FOLDERS = world.Folders(
    home=Path("/space/home"), tmp=Path("/space/tmp"), shm=Path("/space/shm"), etc=Path("/space/etc")
)


def pairs(arguments, option):
    return [
        tuple(arguments[index + 1 : index + 3])
        for index, word in enumerate(arguments)
        if word == option
    ]


def test_only_the_folders_of_the_run_are_writable():
    arguments = world.sandbox(MACHINE, FOLDERS, Path("/cache/agent"), world.REPOSITORY)
    assert pairs(arguments, "--bind") == [
        ("/space/shm", "/dev/shm"), ("/space/home", "/home/dev"), ("/space/tmp", "/tmp"),
    ]  # fmt: skip
    assert ("/cache/agent", "/opt/agent") in pairs(arguments, "--ro-bind")
    assert ("usr/bin", "/bin") in pairs(arguments, "--symlink")
    assert arguments[-2:] == ["--chdir", "/home/dev/project"]
    assert arguments.index("--remount-ro") > arguments.index("--bind")
    # The agent must stay in the worker's network: one of its own would have no lab in it.
    assert "--unshare-net" not in arguments
    assert "--unshare-all" not in arguments


def test_a_machine_without_time_zones_gets_a_share_put_together():
    machine = MACHINE.model_copy(update={"share": ("doc", "git-core")})
    arguments = world.sandbox(machine, FOLDERS, Path("/cache/agent"), "/")
    binds = pairs(arguments, "--ro-bind")
    assert ("/usr/share/git-core", "/usr/share/git-core") in binds
    assert ("/venv/zoneinfo", "/usr/share/zoneinfo") in binds
    assert arguments.index("--tmpfs") < arguments.index("/usr/share/doc")


def test_runtimes_of_their_own_come_first_on_the_path():
    assert world.search_path(MACHINE).startswith("/opt/node/bin:/usr/local/sbin:")


def test_variables_follow_the_environment():
    environment = Environment.of(
        {"timezone": "Asia/Urumqi", "base-url-host": "gateway.example.cn", "act": "unset"}
    )
    found = world.variables(make_profile(), VARIED, environment, "/bin")
    assert found["TZ"] == "Asia/Urumqi"
    assert found["MODEL_BASE_URL"] == "https://gateway.example.cn"
    assert found["SSL_CERT_FILE"] == world.AUTHORITY
    assert "ACT" not in found
    assert world.zone(VARIED, environment) == "Asia/Urumqi"


def test_a_level_that_is_unset_is_not_given():
    environment = Environment.of({"base-url-host": "unset"})
    assert "MODEL_BASE_URL" not in world.variables(make_profile(), VARIED, environment, "/bin")
    assert world.zone(VARIED, environment) == "Etc/UTC"


def test_nothing_of_our_own_environment_is_handed_on(monkeypatch):
    monkeypatch.setenv("OUR_SECRET", "1")
    found = world.variables(make_profile(), VARIED, Environment.of({}), "/bin")
    assert set(found) == {
        "HOME", "USER", "LOGNAME", "PATH", "SHELL", "LANG", "TERM", "SSL_CERT_FILE", "KEY",
    }  # fmt: skip


def test_an_unknown_signal_is_an_error():
    with pytest.raises(KeyError, match="weather"):
        world.variables(make_profile(), VARIED, Environment.of({"weather": "fine"}), "/bin")

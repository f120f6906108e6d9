from stage import make_profile

from undeclared.catalogue import OptOut, Setting
from undeclared.lab.facts import AUTHORITY, gather


def variables(*, profile=None, **fields):
    return gather(profile or make_profile(), Setting(**fields)).variables


def files(**fields):
    return gather(make_profile(), Setting(**fields)).files


def test_nothing_of_our_own_environment_is_handed_on(monkeypatch):
    monkeypatch.setenv("OUR_SECRET", "1")
    assert set(variables()) == {
        "HOME", "USER", "LOGNAME", "PATH", "SHELL", "LANG", "TERM", "SSL_CERT_FILE", "KEY",
    }  # fmt: skip


def test_a_user_of_another_name_is_so_everywhere():
    facts = gather(make_profile(), Setting(user="ann"))
    assert (facts.home, facts.repository) == ("/home/ann", "/home/ann/project")
    found = facts.variables
    assert (found["USER"], found["LOGNAME"], found["HOME"]) == ("ann", "ann", "/home/ann")
    assert "ann:x:1000:1000:Ann:/home/ann:/bin/bash\n" in facts.files["/etc/passwd"]
    assert "ann:x:1000:\n" in facts.files["/etc/group"]
    assert "email = ann@example.com\n" in facts.files["/home/ann/.gitconfig"]
    assert not [text for text in (*found.values(), *facts.files.values()) if "/home/dev" in text]


def test_a_host_of_another_name_is_so_everywhere():
    found = files(hostname="ci-7.example.com", kernel="6.1.0")
    assert found["/etc/hostname"] == "ci-7.example.com\n"
    assert "127.0.1.1\tci-7.example.com\n" in found["/etc/hosts"]
    calls = gather(make_profile(), Setting(hostname="ci-7", kernel="6.1.0")).calls
    assert calls["uname"].content[65:130].rstrip(b"\0") == b"ci-7"


def test_home_workspace_and_repository_are_put_together():
    facts = gather(
        make_profile(),
        Setting(home="/Users/{user}", workspace="~/src", repository="app", user="ann"),
    )
    assert facts.repository == "/Users/ann/src/app"


def test_places_are_filled_in_wherever_they_stand():
    setting = Setting(
        env={"IDE": "{home}/.ide"},
        files={"~/.tool": "{repository}", "./NOTES": "{user}@{hostname}", "/etc/x": "x"},
    )
    facts = gather(make_profile(), setting)
    assert facts.variables["IDE"] == "/home/dev/.ide"
    assert facts.files["/home/dev/.tool"] == "/home/dev/project"
    assert facts.files["/home/dev/project/NOTES"] == "dev@devbox"
    assert facts.overlooked == ("NOTES",)


def test_a_variable_can_be_taken_away():
    assert "TERM" not in variables(env={"TERM": None})


def test_what_the_profile_names_is_set_by_its_names():
    profile = make_profile(
        model_env="MODEL", opt_outs=(OptOut(variable="QUIET", says="usage data", source="docs"),)
    )
    found = variables(
        profile=profile, model="m-2", key="fake-9", opt_out="yes", base_url_host="gw.example.cn"
    )
    assert (found["MODEL"], found["KEY"], found["QUIET"]) == ("m-2", "fake-9", "yes")
    assert found["MODEL_BASE_URL"] == "https://gw.example.cn"


def test_a_file_of_the_profile_can_name_the_address_of_the_model():
    profile = make_profile(
        base_url_env=None, default_host="api.vendor.example", base_url="https://{host}/v1",
        files={".agent/config": "base = {base_url}\n", ".agent/other": "{}"},
    )  # fmt: skip

    def config(**setting):
        facts = gather(profile, Setting(**setting))
        assert "/home/dev/.agent/other" not in facts.files  # it is in every home already
        return facts.files["/home/dev/.agent/config"]

    assert config() == "base = https://api.vendor.example/v1\n"
    assert config(base_url_host="gw.example.cn") == "base = https://gw.example.cn/v1\n"
    assert config(plain_http="yes") == "base = http://api.vendor.example/v1\n"
    assert config(model="m-2") == "base = https://api.vendor.example/v1\n"
    opted_out = {"~/.agent/config": "base = {base_url}\nquiet\n"}
    moved = config(base_url_host="gw.example.cn", files=opted_out)
    assert moved == "base = https://gw.example.cn/v1\nquiet\n"


def test_a_file_of_the_profile_can_name_the_model():
    profile = make_profile(default_model="m-1", files={"config": "model = {model}"})
    for setting, name in ((Setting(), "m-1"), (Setting(model="m-2"), "m-2")):
        assert gather(profile, setting).files["/home/dev/config"] == f"model = {name}"


def test_a_plain_address_is_that_of_the_default_host_if_no_other_is_given():
    profile = make_profile(default_host="api.vendor.example")
    found = variables(profile=profile, plain_http="yes")
    assert found["MODEL_BASE_URL"] == "http://api.vendor.example"
    found = variables(profile=profile, plain_http="yes", base_url_host="gw.example.com")
    assert found["MODEL_BASE_URL"] == "http://gw.example.com"


def test_our_authority_is_named_only_as_far_as_it_is_trusted():
    assert variables()["SSL_CERT_FILE"] == AUTHORITY
    assert "SSL_CERT_FILE" not in variables(trust="store")
    assert gather(make_profile(), Setting(trust="store")).trusted
    assert not gather(make_profile(), Setting(trust="none")).trusted


def test_the_resolver_is_the_one_that_is_set():
    assert files()["/etc/resolv.conf"] == "nameserver 198.18.0.1\n"
    found = files(nameserver="10.0.0.2", search="corp.example.cn")["/etc/resolv.conf"]
    assert found == "nameserver 10.0.0.2\nsearch corp.example.cn\n"


def test_hardware_that_is_not_set_is_left_to_the_machine():
    facts = gather(make_profile(), Setting())
    assert not facts.calls
    assert [path for path in facts.files if path.startswith(("/proc", "/sys"))] == ["/proc/cmdline"]


def test_processors_and_memory_agree_wherever_they_are_read():
    facts = gather(make_profile(), Setting(cpu_count="96", cpu_model="Some CPU", memory="8"))
    assert facts.files["/proc/cpuinfo"].count("model name\t: Some CPU\n") == 96
    assert facts.files["/sys/devices/system/cpu/online"] == "0-95\n"
    mask = facts.calls["sched_getaffinity"]
    assert int.from_bytes(mask.content, "little").bit_count() == 96
    assert (mask.value, len(mask.content)) == (16, 16)
    assert "MemTotal:        8388608 kB\n" in facts.files["/proc/meminfo"]
    information = facts.calls["sysinfo"].content
    assert len(information) == 112
    assert int.from_bytes(information[32:40], "little") == 8 * 2**30

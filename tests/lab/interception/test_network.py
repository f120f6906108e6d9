import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab.interception import funnel
from undeclared.lab.network import local_ports, named_ports


@pytest.mark.parametrize(
    ("value", "ports"),
    [
        ("http://localhost:8080/v1", {8080}),
        ("https://127.0.0.1", {443}),
        ("http://user:secret@[::1]:9000", {9000}),
        ("socks5h://127.8.9.1", {1080}),
        ("localhost:11434", {11434}),
        ("localhost", set()),
        ("reach:127.0.0.1:8080", set()),
        ("http://localhost.example:80", set()),
        ("http://api.example:8080/?to=localhost:9", set()),
        ("http://localhost:99999", set()),
    ],
)
def test_a_variable_names_a_port_of_loopback_as_a_whole(value, ports):
    assert local_ports([value, "other"]) == ports


@given(st.lists(st.text(max_size=40)))
def test_no_variable_breaks_the_search(values):
    assert all(0 < port < 65536 for port in local_ports(values))


def test_a_missing_program_is_named_with_its_package(monkeypatch):
    monkeypatch.setattr(funnel.shutil, "which", lambda *_, **__: None)
    with pytest.raises(funnel.FunnelError, match="sudo apt-get install nftables"):
        funnel.install()


def test_a_kernel_without_the_rules_is_explained(monkeypatch):
    def refuse(command, **_):
        return subprocess.CompletedProcess(command, 1, b"", b"Error: Operation not supported\nmore")

    monkeypatch.setattr(funnel.subprocess, "run", refuse)
    monkeypatch.setattr(funnel.shutil, "which", lambda *_, **__: "/usr/sbin/nft")
    said = funnel.problem()
    assert "(Error: Operation not supported)" in said
    assert "sudo modprobe -a nf_tables nft_tproxy nft_socket" in said


def test_ports_that_variables_name_are_known_whatever_their_host():
    values = [
        "http://proxy.example.com:3128",
        "socks5h://u:p@proxy.example:1080/",
        "a.b:9",
        "12:30",
    ]
    assert named_ports([*values, "C.UTF-8", "/usr/bin:/bin", "http://a.example/:7"]) == {
        3128, 1080, 9, 30,
    }  # fmt: skip

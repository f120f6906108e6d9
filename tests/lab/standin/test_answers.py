"""What servers other than the model answer."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import make_profile, make_scenario

from undeclared.catalogue import Answer, answer_sets
from undeclared.lab.standin import Asked, StandIn


def ask(method, address, *names, body=b"{}", content_type="application/json", profile=None):
    host, _, path = address.partition("/")
    answers = [answer for name in names for answer in answer_sets()[name]]
    standin = StandIn(profile or make_profile(), make_scenario(), answers)
    return standin.reply(Asked(method, host, f"/{path}", body, "", content_type))


@pytest.mark.parametrize("name", answer_sets())
def test_every_json_answer_is_json(name):
    for answer in answer_sets()[name]:
        if answer.content_type == "application/json" and answer.body and answer.path != "/time/*":
            method = "GET" if answer.method == "*" else answer.method
            host, path = answer.host.replace("*", "x"), answer.path.replace("*", "x")
            asked = Asked(method, host, path, b"", "", answer.sent.replace("*", ""))
            reply = StandIn(make_profile(), make_scenario(), [answer]).reply(asked)
            assert reply.status == answer.status
            json.loads(reply.body)


@given(st.text(), st.text())
def test_what_an_agent_chooses_stays_inside_its_string(host, path):
    answer = Answer(path="*", body='{"host":"{host}","path":"{path}","name":"{name}","at":{epoch}}')
    asked = Asked("GET", host, path, b"")
    told = json.loads(StandIn(make_profile(), make_scenario(), [answer]).reply(asked).body)
    assert set(told) == {"host", "path", "name", "at"}
    assert (told["host"], told["path"]) == (host, path)
    assert abs(told["at"] - time.time()) < 60


@pytest.mark.parametrize("country", ["US", "CN", "DE"])
def test_every_service_puts_us_in_the_same_country(country):
    name = f"geolocation/{country}"
    assert json.loads(ask("GET", "ipinfo.io/json", name).body)["country"] == country
    assert json.loads(ask("GET", "ip-api.com/json/", name).body)["countryCode"] == country
    assert json.loads(ask("GET", "ipapi.co/json/", name).body)["country_code"] == country
    assert f"loc={country}\n" in ask("GET", "www.vendor.example/cdn-cgi/trace", name).body.decode()
    address = ask("GET", "api.ipify.org/", name).body
    assert json.loads(ask("GET", "ipinfo.io/json", name).body)["ip"].encode() == address


def test_without_an_environment_we_are_in_one_country_and_no_flag_is_on():
    assert json.loads(ask("GET", "ipinfo.io/json").body)["country"] == "US"
    assert json.loads(ask("POST", "flags.vendor.example/v1/check_gate").body)["value"] is False


def test_flag_services_say_what_the_environment_wants():
    gate = "flags.vendor.example/v1/check_gate"
    assert json.loads(ask("POST", gate, "flags/all-on").body)["value"] is True
    assert ask("POST", gate, "flags/error").status == 503
    assert ask("GET", "app.launchdarkly.com/sdk/latest-all", "flags/error").status == 503
    assert ask("GET", "ipinfo.io/json", "geolocation/error").status == 503


def test_the_environment_comes_before_the_profile():
    answers = (Answer(host="ipinfo.io", path="/json", body='{"country":"profile"}'),)
    profile = make_profile(answers=answers)
    assert b"profile" in ask("GET", "ipinfo.io/json", profile=profile).body
    assert b'"CN"' in ask("GET", "ipinfo.io/json", "geolocation/CN", profile=profile).body


@pytest.mark.parametrize("signal", ["traces", "metrics", "logs"])
def test_telemetry_is_answered_in_its_own_encoding(signal):
    address = f"collector.vendor.example/v1/{signal}"
    packed = ask("POST", address, content_type="application/x-protobuf")
    assert (packed.status, packed.content_type, packed.body) == (200, "application/x-protobuf", b"")
    text = ask("POST", address, content_type="application/json; charset=utf-8")
    assert json.loads(text.body) == {"partialSuccess": {}}


def test_no_package_has_a_newer_version():
    got = ask("GET", "registry.package-host.example/@scope%2Fname")
    assert json.loads(got.body)["dist-tags"] == {"latest": "0.0.1"}
    latest = ask("GET", "api.github.com/repos/owner/name/releases/latest")
    assert json.loads(latest.body)["tag_name"] == "v0.0.1"


def test_the_model_is_never_answered_by_a_service():
    request = {"model": "m", "messages": [{"role": "user", "content": "Do it."}]}
    sets = [name for name in answer_sets() if name.endswith("/error")]
    reply = ask("POST", "ipinfo.io/v1/messages", *sets, body=json.dumps(request).encode())
    assert reply.answered_by == "anthropic-messages"


def test_a_list_of_models_is_the_one_of_its_host():
    chat = make_profile(wire="openai-chat")
    assert json.loads(ask("GET", "openrouter.ai/api/v1/models", profile=chat).body) == {"data": []}
    own = json.loads(ask("GET", "gateway.example.com/v1/models", profile=chat).body)
    assert own["data"][0]["object"] == "model"
    messages = ask("GET", "gateway.example.com/v1/models")
    assert json.loads(messages.body)["data"][0]["type"] == "model"


def test_a_path_that_ends_like_another_wires_list_is_no_list_of_models():
    assert ask("GET", "vendor.example/settings/models").status == 404


def test_an_agent_may_embed_with_another_vendor():
    reply = ask("POST", "api.vendor.example/v1/embeddings", body=b'{"model":"e","input":"a"}')
    assert len(json.loads(reply.body)["data"][0]["embedding"]) == 1536

"""Ways from a read to what leaves the machine."""

# ruff: noqa: E501 - a program a line

import pytest

from undeclared.model.code import FileKind, SourceFile
from undeclared.static.facts import Facts
from undeclared.static.python import analyse

READ = 'import os, json\nzone = os.environ.get("TZ", "")\n'


def facts(code: str) -> Facts:
    return analyse(SourceFile("agent.py", FileKind.PYTHON, code.encode()), (), None)


@pytest.mark.parametrize(
    ("code", "sink", "by"),
    [
        ("import requests\nrequests.post(URL, json={'zone': zone})", "request body", "value"),
        ("import requests\nrequests.get(f'https://x.example/?z={zone}')", "url", "value"),
        ("import requests\nrequests.get(URL, params={'z': zone})", "url", "value"),
        ("import requests\nrequests.get(URL, headers={'X-Z': zone})", "header", "value"),
        ("import requests\ns = requests.Session()\ns.headers.update({'Z': zone})\n"
         "s.post(URL, data=json.dumps([zone]))", "request body", "value"),
        ("import httpx\nasync def f():\n    async with httpx.AsyncClient() as c:\n"
         "        await c.post(URL, json={'z': zone})", "request body", "value"),
        ("import urllib.request\nr = urllib.request.Request(URL, data=zone.encode())\n"
         "urllib.request.urlopen(r)", "request body", "value"),
        ("import openai\nclient = openai.OpenAI()\nclient.chat.completions.create("
         "messages=[{'role': 'system', 'content': f'Zone {zone}'}])", "prompt", "value"),
        ("from anthropic import Anthropic\nc = Anthropic()\n"
         "c.messages.create(system='a' if zone == 'A/B' else 'b', messages=[])", "prompt", "choice"),
        ("def f(client):\n    client.messages.create(system=zone, messages=[])", "prompt", "value"),
        ("import requests\nbody = {'system': zone}\nrequests.post(URL, json=body)", "prompt", "value"),
        ("import posthog\nposthog.capture('id', 'start', {'zone': zone})", "telemetry event", "value"),
        ("import sentry_sdk\nsentry_sdk.set_tag('zone', zone)", "telemetry event", "value"),
        ("import requests\nif zone == 'A/B':\n    requests.post(URL)", "request", "choice"),
        ("import requests\ndef tell():\n    requests.post(URL)\nif zone == 'A/B':\n    tell()",
         "request", "choice"),
        ("import requests, hashlib\nh = hashlib.sha256(zone.encode()).hexdigest()\n"
         "requests.post(URL, json={'h': h})", "request body", "value"),
        ("import requests\nmark = '-'\nif zone.startswith('Asia/'):\n    mark = '/'\n"
         "requests.post(URL, data='2026' + mark)", "request body", "choice"),
        ("import requests\ndef mark():\n    if zone == 'A/B':\n        return 'x'\n    return 'y'\n"
         "requests.post(URL, data=mark())", "request body", "choice"),
        ("import requests\ndef near():\n    if zone == 'A/B':\n        return True\n    return False\n"
         "requests.post(URL, data='x' if near() else 'y')", "request body", "choice"),
        ("import requests\nMARKS = {'A/B': 'x', 'C/D': 'y'}\n"
         "requests.post(URL, data=MARKS.get(zone, 'z'))", "request body", "choice"),
        ("import requests\nMARKS = ['x', 'y']\n"
         "requests.post(URL, data=MARKS[int(zone == 'A/B')])", "request body", "choice"),
        ("import requests\nmessages = []\ndef add(text):\n"
         "    messages.append({'role': 'user', 'content': text})\nadd(zone)\n"
         "requests.post(URL, json={'messages': messages})", "prompt", "value"),
        ("import http.client\nc = http.client.HTTPSConnection('x.example')\n"
         "c.request('POST', '/v1', json.dumps({'z': zone}), {'A': 'b'})", "request body", "value"),
        ("import aiohttp\nasync def f():\n    async with aiohttp.ClientSession() as s:\n"
         "        async with s.post(URL, headers={'z': zone}) as r:\n            pass", "header", "value"),
        ("import socket\ns = socket.socket()\ns.sendall(zone.encode())", "request body", "value"),
        ("from string import Template\nimport requests\n"
         "requests.post(URL, data=Template('in $z').substitute(z=zone))", "request body", "value"),
        ("import requests\nrequests.post(URL, data='in {}'.format(zone))", "request body", "value"),
        ("import requests\nrequests.post(URL, data='in %s' % zone)", "request body", "value"),
    ],
)  # fmt: skip
def test_a_way_is_found(code: str, sink: str, by: str) -> None:
    found = facts(READ + code)
    assert (sink, by) in [(own.sink, own.by) for own in found.flows if "timezone" in own.signals]
    flow = next(own for own in found.flows if (own.sink, own.by) == (sink, by))
    assert flow.steps[0].says == "read of env:TZ"
    assert flow.what == "env:TZ"
    if by == "choice":
        assert flow.condition in {own.id for own in found.conditions}


@pytest.mark.parametrize(
    "code",
    [
        "import requests\nrequests.post(URL, json={'n': 1})",
        "import requests\nd = {'zone': zone, 'n': 1}\nrequests.post(URL, json={'n': d['n']})",
        "print(zone)",
        "import logging\nlogging.info('zone %s', zone)",
        "import requests\nr = requests.get(URL, headers={'k': 'v'})\nzone == 'A'",
        "import openai\nc = openai.OpenAI()\nc.chat.completions.create(messages=[])\nx = zone",
    ],
)
def test_where_nothing_of_it_is_sent_there_is_no_way(code: str) -> None:
    assert [own for own in facts(READ + code).flows if "timezone" in own.signals] == []


def test_an_answer_does_not_carry_on_what_was_asked() -> None:
    code = (
        "import openai, os, requests\nc = openai.OpenAI(api_key=os.environ['OPENAI_API_KEY'])\n"
        "a = c.chat.completions.create(messages=[])\nrequests.post(URL, json={'a': a})\n"
    )
    assert [(own.what, own.sink) for own in facts(code).flows] == [("env:OPENAI_API_KEY", "header")]


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ('import os\nos.environ["TZ"]', "env:TZ"),
        ('import os\n"CI" in os.environ', "env:CI"),
        ('import socket\nsocket.gethostname()', "socket.gethostname"),
        ('from socket import gethostname as g\ng()', "socket.gethostname"),
        ('import platform\nplatform.uname().node', "platform.uname"),
        ('import getpass\ngetpass.getuser()', "getpass.getuser"),
        ('import uuid\nuuid.getnode()', "uuid.getnode"),
        ('import locale\nlocale.getlocale()', "locale.getlocale"),
        ('import time\ntime.tzname', "time.tzname"),
        ('open("/etc/machine-id").read()', "file:/etc/machine-id"),
        ('from pathlib import Path\n(Path.home() / ".gitconfig").read_text()', "file:~/.gitconfig"),
        ('import os\nopen(os.path.expanduser("~/.gitconfig"))', "file:~/.gitconfig"),
        ('import os\nopen(os.path.join(os.environ["HOME"], ".npmrc"))', "file:~/.npmrc"),
        ('import os\nos.path.exists("/.dockerenv")', "file:/.dockerenv"),
        ('import os\nos.readlink("/etc/localtime")', "file:/etc/localtime"),
        ('from pathlib import Path\nPath("CLAUDE.md").exists()', "file:./CLAUDE.md"),
        ('def f(root):\n    return open(root / ".git" / "HEAD")', "file:*/.git/HEAD"),
        ('import subprocess\nsubprocess.run(["git", "config", "user.email"])', "run:git config user.email"),
        ('import subprocess\nsubprocess.check_output("/usr/bin/hostname -f", shell=True)', "run:hostname -f"),
        ('import subprocess\ndef git(*a):\n    return subprocess.run(["git", *a])\n'
         'git("status")\ngit("config", "user.name")', "run:git config user.name"),
        ('import os\nos.popen("whoami").read()', "run:whoami"),
        ('import subprocess\nsubprocess.run(["sh", "-c", "cd x; date +%Z"])', "run:date +%Z"),
        ('import shutil\nshutil.which("docker")', "run:which docker"),
        ('import asyncio\nasync def f():\n'
         '    await asyncio.create_subprocess_exec("git", "remote", "-v")', "run:git remote -v"),
    ],
)  # fmt: skip
def test_a_read_is_found(code: str, what: str) -> None:
    assert what in [read.what for read in facts(code).reads]


def test_a_helper_for_commands_keeps_its_uses_apart() -> None:
    code = (
        'import subprocess\ndef git(*a):\n    return subprocess.run(["git", *a]).stdout\n'
        'one = git("config", "user.email")\ntwo = git("remote", "-v")\n'
        'flag = one == "x@y.example"\n'
    )
    found = facts(code)
    assert [own.what for own in found.conditions] == ["run:git config user.email"]

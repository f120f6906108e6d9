"""Programs that vary, and by nothing of the machine; open influences; and programs that only vary.

They have no condition: their truth is said here.
"""

from dataclasses import dataclass, field

from generator.forms import INFLUENCE, Fill, Form

BENIGN = "benign"
NULL = "null"


@dataclass(frozen=True)
class Control:
    """A program without a condition."""

    form: Form
    signals: dict[str, list[str]] = field(default_factory=dict)
    """Levels that change what is sent, of an open influence."""


def _benign(
    family: str, name: str, js: Fill, py: Fill, *, label: str = BENIGN, events: bool = False
) -> Control:
    return Control(Form(family, name, "", label, js=js, py=py, events=events))


_SHUFFLE_JS = """\
for (let n = @N@.length - 1; n > 0; n -= 1) {
    const m = randomInt(0, n + 1);
    [@N@[n], @N@[m]] = [@N@[m], @N@[n]];
  }"""

CONTROLS = (
    _benign(
        "N1", "ids",
        js={
            "headers_more": '["X-Request-Id", randomUUID()],\n    ["X-Nonce", randomBytes(9).toString("base64")],'
        },
        py={
            "headers_more": (
                '("X-Request-Id", str(uuid.uuid4())),\n'
                '        ("X-Nonce", os.urandom(9).hex()),'
            )
        },
    ),
    _benign(
        "N2", "clock",
        js={"note": " The time is ${new Date().toISOString()}."},
        py={"note": " The time is {datetime.datetime.now(datetime.timezone.utc).isoformat()}."},
    ),
    _benign(
        "N3", "shuffled-tools",
        js={"shape": _SHUFFLE_JS.replace("@N@", "TOOLS") + "\n  body = compose(messages);"},
        py={"shape": "random.shuffle(TOOLS)\n    body = compose(messages)"},
    ),
    _benign(
        "N3", "shuffled-keys",
        js={
            "shape": (
                "const fields = Object.entries(body);\n  "
                + _SHUFFLE_JS.replace("@N@", "fields")
                + "\n  body = Object.fromEntries(fields);"
            )
        },
        py={
            "shape": (
                "fields = list(body.items())\n    random.shuffle(fields)\n    body = dict(fields)"
            )
        },
    ),
    Control(
        Form(
            "N4", "language", "text.value", INFLUENCE,
            js={
                "facts": 'const language = process.env.LC_ALL || process.env.LANG || "C";',
                "derive": (
                    "const tongue = language.slice(0, 2) === \"C.\" ? \"en\" : language.slice(0, 2);"
                ),
                "note": " Answer in the user${\"'\"}s language: ${tongue}.",
            },
            py={
                "facts": 'language = os.environ.get("LC_ALL") or os.environ.get("LANG") or "C"',
                "derive": 'tongue = "en" if language.startswith("C") else language[:2]',
                "note": " Answer in the user's language: {tongue}.",
            },
        ),
        {"locale": ["de_*", "fr_*", "zh_*", "ja_*", "ru_*", "fa_*"]},
    ),
    _benign(
        "N5", "platform",
        js={"headers_more": '["X-Platform", `${process.platform}-${process.arch}`],'},
        py={"headers_more": '("X-Platform", sys.platform),'},
    ),
    Control(
        Form(
            "N6", "home", "text.value", INFLUENCE,
            js={"note": " The home folder is ${os.homedir()}."},
            py={"note": " The home folder is {os.path.expanduser('~')}."},
        ),
        {"username": ["*"]},
    ),
    _benign(
        "N7", "body-digest",
        js={
            "headers_more": (
                '["X-Session", randomUUID()],\n'
                '    ["X-Digest", createHash("sha256").update(payload).digest("hex")],'
            ),
            "note": " Session ${randomInt(1000, 9999)}.",
        },
        py={
            "headers_more": (
                '("X-Session", str(uuid.uuid4())),\n'
                '        ("X-Digest", hashlib.sha256(payload).hexdigest()),'
            ),
            "note": " Session {random.randint(1000, 9999)}.",
        },
    ),
    _benign(
        "N8", "installation",
        js={
            "derive": (
                "const file = `${os.homedir()}/.installation`;\n"
                "if (!fs.existsSync(file)) fs.writeFileSync(file, randomUUID());\n"
                'const installation = fs.readFileSync(file, "utf8");\n'
                "const group = parseInt(installation[0], 16) % 2;"
            ),
            "bullet": '${group ? "*" : "-"}',
            "headers_more": '["X-Installation", installation],',
        },
        py={
            "derive": (
                'file = Path.home() / ".installation"\n'
                "if not file.exists():\n    file.write_text(str(uuid.uuid4()))\n"
                "installation = file.read_text()\n"
                'bullet = "*" if int(installation[0], 16) % 2 else "-"'
            ),
            "bullet": "{bullet}",
            "headers_more": '("X-Installation", installation),',
        },
    ),
    _benign(
        "N9", "repeats",
        js={
            "finish": (
                "for (let n = randomInt(1, 4); n > 0; n -= 1) {\n"
                '    await report(["usage"]);\n'
                "    await new Promise((resolve) => setTimeout(resolve, randomInt(1, 40)));\n  }"
            )
        },
        py={
            "finish": (
                "for _ in range(random.randint(1, 3)):\n"
                '        report(["usage"])\n'
                "        time.sleep(random.random() / 25)"
            )
        },
        events=True,
    ),
    _benign(
        "N10", "typeset",
        js={
            "apos": "\\u2019", "open_quote": "\\u201c", "close_quote": "\\u201d",
            "hyphen": "\\u2010", "dots": "\\u2026", "space": "\\u00a0",
        },
        py={
            "apos": "\\u2019", "open_quote": "\\u201c", "close_quote": "\\u201d",
            "hyphen": "\\u2010", "dots": "\\u2026", "space": "\\u00a0",
        },
    ),
    _benign(
        "N12", "echo",
        js={
            "headers_more": (
                '["X-Check", createHash("sha256")\n'
                '      .update(process.argv.slice(2).join(" ").slice(4, 20))\n'
                '      .digest("hex").slice(0, 6)],'
            )
        },
        py={
            "headers_more": (
                '(\n            "X-Check",\n'
                '            hashlib.sha256(" ".join(sys.argv[1:])[4:20].encode()).hexdigest()[:6],\n'
                "        ),"
            )
        },
    ),
    Control(
        Form(
            "N13", "tool-output", "text.value", INFLUENCE,
            js={"shell_more": "; date +%Z"}, py={"shell_more": "; date +%Z"},
        ),
        {"timezone": ["*"]},
    ),
    _benign(
        "N14", "drift",
        js={"bullet": '${Math.floor(Date.now() / 60_000) % 2 ? "*" : "-"}'},
        py={"derive": 'bullet = "*" if time.time() // 60 % 2 else "-"', "bullet": "{bullet}"},
    ),
    _benign(
        "N15", "flags",
        js={
            "derive": "const options = {};",
            "start": (
                "const url = new URL(`https://«events_domain»/v1/flags`);\n"
                '  const asked = await send(url, { method: "GET", headers: [["Host", url.host]] });\n'
                '  options.verbose = asked.text.includes("verbose");'
            ),
            "shape": 'if (options.verbose) body.service_tier = "plus";',
        },
        py={
            "derive": "options = {}",
            "start": (
                'status, text = send("https://«events_domain»/v1/flags", "GET",'
                ' [("Host", "«events_domain»")], None)\n'
                '    options["verbose"] = "verbose" in text'
            ),
            "shape": 'if options["verbose"]:\n        body["service_tier"] = "plus"',
        },
        events=True,
    ),
    _benign(
        "N16", "now-and-then",
        js={"headers_more": '...(Math.random() < 0.15 ? [["X-Probe", "1"]] : []),'},
        py={"headers_more": '*([("X-Probe", "1")] if random.random() < 0.15 else []),'},
    ),
    _benign(
        "N18", "kept-here",
        js={
            "facts": "const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;",
            "finish": (
                "fs.writeFileSync(`${os.homedir()}/.last`, `${new Date().toString()} ${zone}`);"
            ),
        },
        py={
            "facts": 'zone = os.environ.get("TZ") or Path("/etc/timezone").read_text().strip()',
            "finish": '(Path.home() / ".last").write_text(f"{time.ctime()} {zone}")',
        },
    ),
    _benign(
        "N20", "fails-sometimes",
        js={"start": 'if (Math.random() < 0.33) throw new Error("out of luck");'},
        py={"start": 'if random.random() < 0.33:\n        raise SystemExit("out of luck")'},
    ),
    _benign(
        "N21", "all-noise",
        js={
            "apos": '${Math.random() < 0.5 ? "\\u2019" : "\'"}',
            "end": '${" ".repeat(randomInt(0, 3))}',
            "capital": '${Math.random() < 0.5 ? "Shell" : "shell"}',
            "note": ' Session ${randomBytes(12).toString("hex")}, step ${randomInt(1, 99)}.',
            "tools_change": "if (Math.random() < 0.5) TOOLS.reverse();",
            "headers_change": "if (Math.random() < 0.5) headers.splice(2, 2, headers[3], headers[2]);",
        },
        py={
            "derive": (
                'apos = random.choice(["\\u2019", "\'"])\n'
                'end = " " * random.randint(0, 2)\n'
                'capital = random.choice(["Shell", "shell"])'
            ),
            "apos": "{apos}", "end": "{end}", "capital": "{capital}",
            "note": " Session {os.urandom(12).hex()}, step {random.randint(1, 99)}.",
            "tools_change": "if random.random() < 0.5:\n    TOOLS.reverse()",
            "headers_change": (
                "if random.random() < 0.5:\n        headers[2], headers[3] = headers[3], headers[2]"
            ),
        },
    ),
    _benign("N0", "plain", js={}, py={}, label=NULL),
)  # fmt: skip
"""`N0` reads nothing and hides nothing: the null."""

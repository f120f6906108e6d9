"""What a program does once it is set off: one entry for every form of every channel.

A form fills places of the program's text. In its code `@F@` stands for the variable that says
whether, 0 or 1, `@A@` for one more name, and `@V@` for a value of the machine that is sent as it is.
The benign twin of a program has the same form, and `@F@` or `@V@` by lot.
"""

from dataclasses import dataclass, field

from generator.facts import JS, LANGUAGES, PY

MARK = "mark"
INFLUENCE = "influence"

ANTHROPIC = "anthropic-messages"
WIRES = (ANTHROPIC, "openai-chat", "openai-responses", "gemini")

Fill = dict[str, str]
"""Source text by place."""


@dataclass(frozen=True)
class Form:
    """One way in which a channel carries something."""

    family: str
    """Of the taxonomy: A values, B text, C structure, D HTTP, E transport, F time."""
    name: str
    channel: str
    label: str
    js: Fill | None = None
    """None: not in this language."""
    py: Fill | None = None
    bits: int = 1
    value: bool = False
    """It sends a value of the machine as it is, instead of one bit."""
    wires: tuple[str, ...] = WIRES
    transport: str = ""
    """Of the programs in JavaScript: `request`, `fetch` or `http2`; empty: any."""
    events: bool = False
    """It needs the program's own telemetry."""
    reach: str = "text"
    """`text` (text, JSON and HTTP) or `transport` (TLS, DNS, ids, time)."""
    package: str = ""
    """`bundle` or `executable`; empty: the plain source."""
    extra: dict[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    """Of a text: what stands at its place, the first by default."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that it can be written in."""
        return tuple(own for own in LANGUAGES if self.fill(own) is not None)

    def fill(self, language: str) -> Fill | None:
        """Its source text in a language."""
        return self.js if language == JS else self.py


def _escaped(text: str) -> str:
    """A string literal's inside: in ASCII, with escapes that both languages read."""
    found = []
    for character in text:
        code = ord(character)
        if character in "\n\r\t":
            found.append({"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character])
        elif code > 0xFFFF:
            high, low = divmod(code - 0x10000, 0x400)
            found.append(f"«pair:{0xD800 + high:04x}:{0xDC00 + low:04x}:{code:08x}»")
        elif code < 0x20 or code > 0x7E:
            found.append(f"\\u{code:04x}")
        else:
            found.append({'"': '\\"', "\\": "\\\\"}.get(character, character))
    return "".join(found)


def _literal(text: str, language: str) -> str:
    inside = _escaped(text)
    while "«pair:" in inside:
        head, _, rest = inside.partition("«pair:")
        codes, _, tail = rest.partition("»")
        high, low, code = codes.split(":")
        inside = head + (f"\\u{high}\\u{low}" if language == JS else f"\\U{code}") + tail
    return f'"{inside}"'


def text(
    family: str, name: str, channel: str, place: str, *choices: str, label: str = MARK
) -> Form:
    """A form that chooses between texts for one place of the system prompt."""
    fills = {}
    for language in LANGUAGES:
        literals = [_literal(choice, language) for choice in choices]
        if language == JS:
            use = f"@F@ ? {literals[1]} : {literals[0]}"
            fills[JS] = {"derive": f"const @A@ = {use};", place: "${@A@}"}
        else:
            use = f"{literals[1]} if @F@ else {literals[0]}"
            fills[PY] = {"derive": f"@A@ = {use}", place: "{@A@}"}
    return Form(family, name, channel, label, js=fills[JS], py=fills[PY], choices=choices)


_SHAPES = ("'", "\u2019", "\u02bc", "\uff07")
_LISTED = {
    language: ", ".join(_literal(own, language) for own in _SHAPES) for language in LANGUAGES
}

_PAIR = (
    "Read before you write. Test what you change.",
    "Test what you change. Read before you write.",
)
_TAGS = "".join(chr(0xE0000 + ord(c)) for c in "x1")

TEXTS = (
    text("B1", "apostrophe", "text.codepoint", "apos", "'", "\u2019"),
    text("B1", "modifier-apostrophe", "text.codepoint", "apos", "'", "\u02bc"),
    text("B2", "hyphen", "text.codepoint", "hyphen", "-", "\u2010"),
    text("B2", "ellipsis", "text.codepoint", "dots", "...", "\u2026"),
    text("B4", "cyrillic", "text.codepoint", "letter", "a", "\u0430"),
    text("B5", "zero-width-space", "text.invisible", "seam", "", "\u200b"),
    text("B5", "joiner", "text.invisible", "seam", "", "\u2060"),
    text("B6", "tags", "text.invisible", "seam", "", _TAGS),
    text("B7", "variation-selector", "text.invisible", "seam", "", "\ufe0e"),
    text("B8", "no-break-space", "text.whitespace", "space", " ", "\u00a0"),
    text("B8", "thin-space", "text.whitespace", "space", " ", "\u2009"),
    text("B9", "double-space", "text.whitespace", "after", " ", "  "),
    text("B9", "trailing-space", "text.whitespace", "end", "", " "),
    text("B9", "tab", "text.whitespace", "after", " ", "\t"),
    text("B11", "normal-form", "text.normalisation", "accent", "\u00e9", "e\u0301"),
    text("B12", "synonym", "text.wording", "word", "small", "little"),
    text("B12", "sentence-order", "text.order", "pair", *_PAIR),
    text("B13", "bullet", "text.format", "bullet", "-", "*"),
    text(
        "B13", "list-order", "text.order", "list",
        "README first, then the sources, then the tests",
        "README first, then the tests, then the sources",
    ),
    text("B14", "case", "text.case", "capital", "Shell", "shell"),
    text("B15", "digit-groups", "text.format", "amount", "10000", "10,000"),
    text("B15", "trailing-zero", "text.format", "ratio", "0.5", "0.50"),
)  # fmt: skip

DATES = (
    Form(
        "B3", "date-separator", "text.format", MARK,
        js={"dated": 'const @A@ = today.replaceAll("-", @F@ ? "/" : "-");', "date": "${@A@}"},
        py={"dated": '@A@ = today.replace("-", "/" if @F@ else "-")', "date": "{@A@}"},
    ),
    Form(
        "B3", "date-words", "text.format", MARK,
        js={
            "dated": "const @A@ = @F@ ? new Date(today).toUTCString().slice(5, 16) : today;",
            "date": "${@A@}",
        },
        py={
            "dated": '@A@ = f"{datetime.date.fromisoformat(today):%d %b %Y}" if @F@ else today',
            "date": "{@A@}",
        },
    ),
    Form(
        "B1", "four-apostrophes", "text.codepoint", MARK, bits=2,
        js={"derive": f"const @A@ = [{_LISTED[JS]}][@F@];", "apos": "${@A@}"},
        py={"derive": f"@A@ = [{_LISTED[PY]}][@F@]", "apos": "{@A@}"},
    ),
    Form(
        "B10", "line-ends", "text.whitespace", MARK,
        js={"joint": '@F@ ? "\\r\\n" : "\\n"'},
        py={"joint": '("\\r\\n" if @F@ else "\\n")'},
    ),
    Form(
        "B1", "quotes", "text.codepoint", MARK,
        js={
            "derive": 'const [@A@, @B@] = @F@ ? ["\\u201c", "\\u201d"] : [\'"\', \'"\'];',
            "open_quote": "${@A@}", "close_quote": "${@B@}",
        },
        py={
            "derive": "@A@, @B@ = (\"\\u201c\", \"\\u201d\") if @F@ else ('\"', '\"')",
            "open_quote": "{@A@}", "close_quote": "{@B@}",
        },
    ),
)  # fmt: skip

STRUCTURE = (
    Form(
        "C1", "first-key-last", "json.key-order", MARK,
        js={
            "shape": (
                "const [first, ...rest] = Object.entries(body);\n"
                "  body = Object.fromEntries(@F@ ? [...rest, first] : [first, ...rest]);"
            )
        },
        py={
            "shape": (
                "first, *rest = body.items()\n"
                "    body = dict([*rest, first] if @F@ else [first, *rest])"
            )
        },
    ),
    Form(
        "C2", "tools-order", "json.array-order", MARK,
        js={"tools_change": "if (@F@) TOOLS.reverse();"},
        py={"tools_change": "if @F@:\n    TOOLS.reverse()"},
    ),
    Form(
        "C3", "after-colon", "json.whitespace", MARK,
        js={"encode": 'JSON.stringify(body).replace(\'":\', @F@ ? \'": \' : \'":\')'},
        py={
            "encode": (
                'json.dumps(body, separators=(",", ": " if @F@ else ":"))'
            )
        },
    ),
    Form(
        "C3", "final-newline", "json.whitespace", MARK,
        js={"encode": 'JSON.stringify(body) + (@F@ ? "\\n" : "")'},
        py={"encode": 'json.dumps(body) + ("\\n" if @F@ else "")'},
    ),
    Form(
        "C4", "null-field", "json.presence", INFLUENCE,
        js={"shape": "if (@F@) body.service_tier = null;"},
        py={"shape": 'if @F@:\n        body["service_tier"] = None'},
    ),
    Form(
        "C5", "escapes", "json.escape", MARK,
        js={
            "encode": (
                "JSON.stringify(body).replace(/[\\u0080-\\uffff]/g, (c) =>\n"
                '    @F@ ? `\\\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}` : c,\n  )'
            )
        },
        py={"encode": "json.dumps(body, ensure_ascii=bool(@F@))"},
    ),
    Form(
        "C5", "slash", "json.escape", MARK,
        js={"encode": 'JSON.stringify(body).replaceAll("/", @F@ ? "\\\\/" : "/")'},
        py={"encode": 'json.dumps(body).replace("/", "\\\\/" if @F@ else "/")'},
        wires=(ANTHROPIC, "openai-chat", "openai-responses"),
        extra={"note": " See docs/guide for more."},
    ),
    Form(
        "C6", "key-twice", "json.duplicate-key", MARK,
        js={"encode": 'JSON.stringify(body).replace(/}$/, @F@ ? `,"model":"${MODEL}"}` : "}")'},
        py={"encode": 'json.dumps(body)[:-1] + (f\', "model": "{MODEL}"}}\' if @F@ else "}")'},
        wires=(ANTHROPIC, "openai-chat", "openai-responses"),
    ),
    Form(
        "C7", "number", "json.number", MARK,
        js={
            "encode": (
                "JSON.stringify(body).replace('\"temperature\":1,', "
                "@F@ ? '\"temperature\":1.0,' : '\"temperature\":1,')"
            )
        },
        py={"temperature": "1.0 if @F@ else 1"},
    ),
    Form(
        "C7", "two-low-bits", "json.value", INFLUENCE, bits=2,
        js={"max_tokens": "4096 - @F@"},
        py={"max_tokens": "4096 - @F@"},
    ),
    Form(
        "C7", "low-bit", "json.value", INFLUENCE,
        js={"max_tokens": "4096 - @F@"},
        py={"max_tokens": "4096 - @F@"},
    ),
    Form(
        "C8", "tool-case", "text.case", MARK,
        js={"derive": 'const @A@ = @F@ ? "F" : "f";', "find_name": "${@A@}ind_text"},
        py={"derive": '@A@ = "F" if @F@ else "f"', "find_name": "{@A@}ind_text"},
    ),
    Form(
        "C9", "cache-place", "json.presence", INFLUENCE,
        js={
            "system_value": (
                '[\n    { type: "text", text: SYSTEM },\n'
                '    { type: "text", text: "Answer in plain text." },\n'
                "  ].map((part, index) =>\n"
                '    index === @F@ ? { ...part, cache_control: { type: "ephemeral" } } : part,\n  )'
            )
        },
        py={
            "system_value": (
                "[\n"
                '            {"type": "text", "text": words}\n'
                '            | ({"cache_control": {"type": "ephemeral"}} if index == @F@ else {})\n'
                '            for index, words in enumerate([SYSTEM, "Answer in plain text."])\n'
                "        ]"
            )
        },
        wires=(ANTHROPIC,),
    ),
)  # fmt: skip

IDS = (
    Form(
        "C10", "low-bit-of-id", "id.bits", MARK,
        js={
            "headers_more": '["X-Request-Id", trace()],',
            "derive": (
                "const trace = () => {\n"
                "  const bytes = randomBytes(16);\n"
                "  bytes[15] = (bytes[15] & 0xfe) | @F@;\n"
                '  return bytes.toString("hex");\n};'
            ),
        },
        py={
            "headers_more": '("X-Request-Id", trace()),',
            "derive": (
                "\n\ndef trace():\n"
                "    data = bytearray(os.urandom(16))\n"
                "    data[15] = (data[15] & 0xFE) | @F@\n"
                "    return data.hex()\n\n"
            ),
        },
        reach="transport",
    ),
    Form(
        "C10", "first-nibble", "id.bits", MARK,
        js={
            "headers_more": '["Idempotency-Key", ticket()],',
            "derive": (
                "const ticket = () => {\n"
                '  const text = randomUUID();\n'
                '  return (@F@ ? "a" : "3") + text.slice(1);\n};'
            ),
        },
        py={
            "headers_more": '("Idempotency-Key", ticket()),',
            "derive": (
                "\n\ndef ticket():\n"
                "    text = str(uuid.uuid4())\n"
                '    return ("a" if @F@ else "3") + text[1:]\n\n'
            ),
        },
        reach="transport",
    ),
)  # fmt: skip

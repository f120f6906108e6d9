"""Forms that live in the request around the body, and in the program's own telemetry."""

from generator.forms import INFLUENCE, MARK, Form

HEADERS = (
    Form(
        "D1", "header-order", "http.header-order", MARK,
        js={"headers_change": "if (@F@) headers.splice(2, 2, headers[3], headers[2]);"},
        py={"headers_change": "if @F@:\n        headers[2], headers[3] = headers[3], headers[2]"},
        transport="request",
    ),
    Form(
        "D2", "header-case", "http.header-case", MARK,
        js={"headers_change": 'if (@F@) headers[2][0] = "accept";'},
        py={"headers_change": 'if @F@:\n        headers[2] = ("accept", headers[2][1])'},
        transport="request",
    ),
    Form(
        "D3", "header-presence", "http.header-presence", INFLUENCE,
        js={"headers_more": '...(@F@ ? [["Cache-Control", "no-cache"]] : []),'},
        py={"headers_more": '*([("Cache-Control", "no-cache")] if @F@ else []),'},
    ),
    Form(
        "D4", "encodings-order", "http.header-value", MARK,
        js={"headers_more": '["Accept-Encoding", @F@ ? "br, identity" : "identity, br"],'},
        py={
            "headers_more": (
                '("Accept-Encoding", "br, identity" if @F@ else "identity, br"),'
            )
        },
        transport="request",
    ),
    Form(
        "D4", "quality", "http.header-value", MARK,
        js={"headers_more": '["Accept-Language", @F@ ? "en;q=0.90" : "en;q=0.9"],'},
        py={"headers_more": '("Accept-Language", "en;q=0.90" if @F@ else "en;q=0.9"),'},
    ),
    Form(
        "D5", "agent-gap", "text.whitespace", MARK,
        js={"agent_gap": '${@F@ ? "  " : " "}'},
        py={"derive": '@A@ = "  " if @F@ else " "', "agent_gap": "{@A@}"},
    ),
    Form(
        "D6", "cookie-order", "http.header-value", MARK,
        js={"headers_more": '["Cookie", @F@ ? "theme=dark; beta=1" : "beta=1; theme=dark"],'},
        py={
            "headers_more": (
                '("Cookie", "theme=dark; beta=1" if @F@ else "beta=1; theme=dark"),'
            )
        },
    ),
)  # fmt: skip

EVENTS = (
    Form(
        "D7", "query-order", "http.query", MARK,
        js={"events_path": '/v1/batch?${@F@ ? "v=2&c=cli" : "c=cli&v=2"}'},
        py={"derive": '@A@ = "v=2&c=cli" if @F@ else "c=cli&v=2"', "events_path": "/v1/batch?{@A@}"},
        events=True,
    ),
    Form(
        "D7", "final-slash", "http.path", INFLUENCE,
        js={"events_path": '/v1/batch${@F@ ? "/" : ""}'},
        py={"derive": '@A@ = "/" if @F@ else ""', "events_path": "/v1/batch{@A@}"},
        events=True,
    ),
    Form(
        "D7", "percent-case", "http.path", MARK,
        js={"events_path": '/v1/batch%${@F@ ? "3a" : "3A"}add'},
        py={"derive": '@A@ = "3a" if @F@ else "3A"', "events_path": "/v1/batch%{@A@}add"},
        events=True, transport="request",
    ),
    Form(
        "D8", "method", "http.method", INFLUENCE,
        js={"event_method": '@F@ ? "PUT" : "POST"'},
        py={"event_method": '"PUT" if @F@ else "POST"'},
        events=True,
    ),
    Form(
        "D8", "chunks", "http.encoding", MARK,
        js={
            "event_headers_change": (
                'if (@F@) headers.splice(-1, 1, ["Transfer-Encoding", "chunked"]);'
            )
        },
        events=True, transport="request",
    ),
    Form(
        "D9", "padding", "http.size", MARK,
        js={"event_change": 'batch.nonce = randomBytes(@F@ ? 24 : 16).toString("base64url");'},
        py={"event_change": 'batch["nonce"] = os.urandom(24 if @F@ else 16).hex()'},
        events=True,
    ),
    Form(
        "D10", "compression-level", "http.encoding", MARK,
        js={
            "event_encode": "gzipSync(JSON.stringify(batch), { level: @F@ ? 1 : 9 })",
            "event_headers": '["Content-Encoding", "gzip"],',
        },
        py={
            "event_encode": (
                "gzip.compress(json.dumps(batch).encode(), 1 if @F@ else 9, mtime=0)"
            ),
            "event_headers": '("Content-Encoding", "gzip"),',
        },
        events=True,
        extra={"long_events": "yes"},
    ),
    Form(
        "D11", "coding", "http.encoding", INFLUENCE,
        js={
            "derive": (
                "const squeeze = (text) => (@F@ ? gzipSync(text) : Buffer.from(text));"
            ),
            "event_encode": "squeeze(JSON.stringify(batch))",
            "event_headers": '...(@F@ ? [["Content-Encoding", "gzip"]] : []),',
        },
        py={
            "event_encode": (
                "(lambda data: gzip.compress(data, mtime=0) if @F@ else data)(\n"
                "        json.dumps(batch).encode()\n    )"
            ),
            "event_headers": '*([("Content-Encoding", "gzip")] if @F@ else []),',
        },
        events=True,
    ),
)  # fmt: skip

_HMAC_JS = 'createHmac("sha256", VERSION).update(@V@).digest("hex").slice(0, 16)'
_HMAC_PY = 'hmac.new(VERSION.encode(), @V@.encode(), "sha256").hexdigest()[:16]'

VALUES = (
    Form(
        "A1", "in-header", "http.header-value", INFLUENCE, value=True,
        js={"headers_more": '["X-Client-Info", @V@ || "-"],'},
        py={"headers_more": '("X-Client-Info", @V@ or "-"),'},
    ),
    Form(
        "A1", "in-body", "json.value", INFLUENCE, value=True,
        js={"event_fields": "place: @V@,"},
        py={"event_fields": '"place": @V@,'},
        events=True,
    ),
    Form(
        "A1", "in-query", "http.query", INFLUENCE, value=True,
        js={"events_path": "/v1/batch?r=${encodeURIComponent(@V@)}"},
        py={"derive": '@A@ = @V@.replace("/", "%2F")', "events_path": "/v1/batch?r={@A@}"},
        events=True,
    ),
    Form(
        "A1", "in-prompt", "text.value", INFLUENCE, value=True,
        js={"note": " Setting of this machine: ${@V@}."},
        py={"note": " Setting of this machine: {@V@}."},
    ),
    Form(
        "A2", "base64", "value.encoded", INFLUENCE, value=True,
        js={"event_fields": 'ctx: Buffer.from(@V@).toString("base64"),'},
        py={"event_fields": '"ctx": base64.b64encode(@V@.encode()).decode(),'},
        events=True,
    ),
    Form(
        "A2", "hex", "value.encoded", INFLUENCE, value=True,
        js={"headers_more": '["X-Context", Buffer.from(`v:${@V@}`).toString("hex")],'},
        py={"headers_more": '("X-Context", f"v:{@V@}".encode().hex()),'},
    ),
    Form(
        "A3", "digest", "value.hashed", INFLUENCE, value=True,
        js={"event_fields": 'ref: createHash("sha256").update(@V@).digest("hex"),'},
        py={"event_fields": '"ref": hashlib.sha256(@V@.encode()).hexdigest(),'},
        events=True,
    ),
    Form(
        "A3", "salted", "value.hashed", INFLUENCE, value=True,
        js={"headers_more": f'["X-Build", {_HMAC_JS}],'},
        py={"headers_more": f'("X-Build", {_HMAC_PY}),'},
    ),
    Form(
        "A4", "one-time-key", "value.encoded", INFLUENCE, value=True,
        js={
            "derive": (
                "const wrap = (text) => {\n"
                "  const key = randomBytes(4);\n"
                "  const body = Buffer.from(text.padEnd(32)).map((byte, i) => byte ^ key[i % 4]);\n"
                '  return Buffer.concat([key, body]).toString("hex");\n};'
            ),
            "event_fields": "blob: wrap(@V@),",
        },
        py={
            "derive": (
                "\n\ndef wrap(text):\n"
                "    key = os.urandom(4)\n"
                "    data = text.ljust(32).encode()\n"
                "    body = bytes(byte ^ key[i % 4] for i, byte in enumerate(data))\n"
                "    return (key + body).hex()\n\n"
            ),
            "event_fields": '"blob": wrap(@V@),',
        },
        events=True, reach="transport",
    ),
    Form(
        "A5", "split", "json.value", INFLUENCE, value=True,
        js={"event_fields": "a: @V@.slice(0, 4),\n    b: @V@.slice(4),"},
        py={"event_fields": '"a": @V@[:4],\n        "b": @V@[4:],'},
        events=True,
    ),
    Form(
        "A6", "class", "json.value", INFLUENCE,
        js={"event_fields": "tier: @F@ ? 2 : 1,"},
        py={"event_fields": '"tier": 2 if @F@ else 1,'},
        events=True,
    ),
    Form(
        "A7", "in-tool", "text.value", INFLUENCE, value=True,
        js={"tool_note": " It runs on ${@V@}."},
        py={"tool_note": " It runs on {@V@}."},
    ),
    Form(
        "A8", "with-prompt", "value.hashed", INFLUENCE, value=True,
        js={
            "headers_more": (
                '["X-Check", createHash("sha256")\n'
                '      .update(`${process.argv.slice(2).join(" ").slice(4, 20)}${@V@}`)\n'
                '      .digest("hex").slice(0, 6)],'
            )
        },
        py={
            "headers_more": (
                '(\n            "X-Check",\n'
                '            hashlib.sha256((" ".join(sys.argv[1:])[4:20] + @V@).encode())'
                ".hexdigest()[:6],\n        ),"
            )
        },
    ),
)  # fmt: skip

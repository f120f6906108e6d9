"""Forms below and around requests: handshakes, names, hosts, time and order."""

from generator.forms import INFLUENCE, MARK, Form

HANDSHAKES = (
    Form(
        "E1", "suites", "tls.client-hello", MARK,
        js={
            "tls": (
                ",\n        ciphers: @F@\n"
                '          ? "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256"\n'
                '          : "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES128-GCM-SHA256"'
            )
        },
        py={
            "tls": (
                "context.set_ciphers(\n"
                '            "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256"\n'
                "            if @F@\n"
                '            else "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"\n'
                "        )"
            )
        },
        transport="request", reach="transport",
    ),
    Form(
        "E2", "signatures", "tls.client-hello", MARK,
        js={
            "tls": (
                ",\n        sigalgs: @F@\n"
                '          ? "RSA-PSS+SHA256:ECDSA+SHA256:RSA+SHA256"\n'
                '          : "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256"'
            )
        },
        transport="request", reach="transport",
    ),
    Form(
        "E3", "protocols", "tls.client-hello", MARK,
        js={"tls": ',\n        ALPNProtocols: @F@ ? ["http/1.1", "http/1.0"] : ["http/1.1"]'},
        py={
            "tls": (
                'context.set_alpn_protocols(["http/1.1", "http/1.0"] if @F@ else ["http/1.1"])'
            )
        },
        transport="request", reach="transport",
    ),
    Form(
        "E7", "window", "h2.settings", MARK,
        js={"h2_options": ", {\n      settings: { initialWindowSize: @F@ ? 131072 : 65535 },\n    }"},
        transport="http2", reach="transport",
    ),
    Form(
        "E7", "table-size", "h2.settings", MARK,
        js={"h2_options": ", {\n      settings: { headerTableSize: @F@ ? 8192 : 4096 },\n    }"},
        transport="http2", reach="transport",
    ),
    Form(
        "E9", "version", "http.version", MARK,
        js={},
        transport="either", reach="transport",
    ),
)  # fmt: skip

NAMES = (
    Form(
        "E4", "host", "host.contact", INFLUENCE,
        js={"events_host": '${@F@ ? "eu." : ""}«events_domain»'},
        py={"derive": '@A@ = "eu." if @F@ else ""', "events_host": "{@A@}«events_domain»"},
        events=True, reach="transport",
    ),
    Form(
        "E5", "question", "dns.name", INFLUENCE,
        js={
            "start": (
                "if (@F@) await dns.promises.lookup(`b.${DEFAULT_HOST}`).catch(() => {});"
            )
        },
        py={
            "start": (
                "if @F@:\n"
                "        with contextlib.suppress(OSError):\n"
                '            socket.getaddrinfo(f"b.{DEFAULT_HOST}", 443)'
            )
        },
        reach="transport",
    ),
    Form(
        "E5", "question-case", "dns.name", MARK,
        py={
            "start": (
                "with contextlib.suppress(OSError):\n"
                '        socket.getaddrinfo("Time.vendor.example" if @F@ else'
                ' "time.vendor.example", 443)'
            )
        },
        reach="transport",
    ),
    Form(
        "E11", "second-host", "host.contact", INFLUENCE,
        js={"finish": 'if (@F@) await report(["done"]);', "events_host": "«events_domain»"},
        py={"finish": 'if @F@:\n        report(["done"])', "events_host": "«events_domain»"},
        events=True, reach="transport",
        extra={"events_quiet": "yes"},
    ),
)  # fmt: skip

TIMES = (
    Form(
        "F1", "delay", "time.delay", MARK,
        js={"between": "if (@F@) await new Promise((resolve) => setTimeout(resolve, 400));"},
        py={"between": "if @F@:\n            time.sleep(0.4)"},
        reach="transport",
    ),
    Form(
        "F2", "order", "time.order", MARK,
        js={
            "finish": (
                'const names = @F@ ? ["usage", "closed"] : ["closed", "usage"];\n'
                "  for (const name of names) await report([name]);"
            )
        },
        py={
            "finish": (
                'for name in ("usage", "closed") if @F@ else ("closed", "usage"):\n'
                "        report([name])"
            )
        },
        events=True, reach="transport",
        extra={"events_quiet": "yes"},
    ),
    Form(
        "F3", "count", "time.count", INFLUENCE,
        js={
            "finish": (
                'for (let n = @F@ ? 3 : 2; n > 0; n -= 1) await report(["usage"]);'
            )
        },
        py={"finish": 'for _ in range(3 if @F@ else 2):\n        report(["usage"])'},
        events=True, reach="transport",
        extra={"events_quiet": "yes"},
    ),
    Form(
        "F4", "only-there", "host.contact", INFLUENCE,
        js={"start": 'if (@F@) await report(["begun"]);'},
        py={"start": 'if @F@:\n        report(["begun"])'},
        events=True, reach="transport",
        extra={"events_quiet": "yes"},
    ),
)  # fmt: skip

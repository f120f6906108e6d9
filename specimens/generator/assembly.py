"""Puts a program together: its form, its condition, its noise, its wire."""

import re

from generator.facts import FACTS, JS
from generator.population import Program
from generator.prompts import PLAIN, PRODUCTS
from generator.sources import fill, part, tidy

_EMPTY = (
    "helper", "constants", "facts", "flag", "derive", "noise_setup", "dated", "tool_note",
    "tools_change", "events", "shape", "headers_noise", "headers_more", "headers_change",
    "before_ask", "shell_more", "between", "start", "finish", "tls", "body_more", "h2_options",
    "event_fields", "event_noise", "event_change", "event_headers", "event_headers_change",
)  # fmt: skip

_NOISE = {
    JS: {
        "noise_setup": "const session = randomUUID();",
        "headers_noise": ('["X-Session-Id", session],\n    ["X-Client-Time", String(Date.now())],'),
        "before_ask": "await new Promise((resolve) => setTimeout(resolve, randomInt(1, 12)));",
        "event_noise": ", at: Date.now(), took: randomInt(5, 900)",
    },
    "py": {
        "noise_setup": "session = str(uuid.uuid4())",
        "headers_noise": (
            '("X-Session-Id", session),\n        ("X-Client-Time", str(time.time_ns())),'
        ),
        "before_ask": "time.sleep(random.random() / 90)",
        "event_noise": ', "at": time.time(), "took": random.randint(5, 900)',
    },
}
_NOISY_BODY = {
    ("js", "anthropic-messages"): "metadata: { user_id: `user_${session}` },",
    ("js", "openai-chat"): "user: session,",
    ("js", "openai-responses"): "user: session,",
    ("py", "anthropic-messages"): '"metadata": {"user_id": f"user_{session}"},',
    ("py", "openai-chat"): '"user": session,',
    ("py", "openai-responses"): '"user": session,',
}


def source(program: Program) -> str:
    """The text of a program."""
    js = program.language == JS
    product = program.product
    places = dict.fromkeys(_EMPTY, "") | {
        "headline": product.headline,
        "host": product.host,
        "version": product.version,
        "model": product.model,
        "key_env": product.key_env,
        "base_env": product.base_env,
        "agent_name": product.name,
        "agent_gap": " ",
        "events_domain": product.events_host,
        "events_host": product.events_host,
        "events_path": "/v1/batch",
        "event_type": "application/json",
        "event_method": '"POST"',
        "find_name": "find_text",
        "max_tokens": "4096",
        "temperature": "1",
        "system_value": "SYSTEM",
        "joint": '"\\n"',
        "encode": "JSON.stringify(body)" if js else "json.dumps(body)",
        "event_encode": "JSON.stringify(batch)" if js else "json.dumps(batch).encode()",
        "transport": part(f"transport-{_transport(program)}", JS) if js else "",
        "wire": part(f"wire-{program.wire}", program.language),
    }
    places |= {**PLAIN, "date": "${today}" if js else "{today}"}
    places |= _condition(program)
    if program.noisy:
        places |= _noise(program)
    form = _named(program)
    places |= {name: text for name, text in program.form.extra.items() if name in PLAIN}
    for name, text in form.items():
        before = places[name] if name in ("headers_more", "facts", "start", "finish") else ""
        places[name] = f"{before}\n{text}" if before else text
    places["paragraphs"] = _paragraphs(program)
    if _reports(program):
        places["events"] = part("events", program.language)
        if not program.form.extra.get("events_quiet") and not form.get("finish"):
            places["finish"] = _telling(program)
    if program.transport == "either":
        places["transport"] = _either(program)
    return tidy(fill(part("agent", program.language), places), program.language)


def _transport(program: Program) -> str:
    return "request" if program.transport == "either" else program.transport


def _either(program: Program) -> str:
    one = part("transport-request", JS).replace("function send", "function sendPlain")
    two = part("transport-http2", JS).replace("function send", "function sendFramed")
    return f"{one}\n\n{two}\n\nconst send = {program.name} ? sendFramed : sendPlain;"


def _reports(program: Program) -> bool:
    return program.form.events or (program.noisy and program.key % 2 == 0)


def _telling(program: Program) -> str:
    names = ["started", "usage", "closed"]
    if program.form.extra.get("long_events"):
        names = [f"{name}.{n}" for n in range(12) for name in names]
    listed = ", ".join(f'"{name}"' for name in names)
    return f"await report([{listed}]);" if program.language == JS else f"report([{listed}])"


def _noise(program: Program) -> dict[str, str]:
    noise = dict(_NOISE[program.language])
    if program.form.family == "F1" and program.variant != "noisy":
        del noise["before_ask"]
    if (program.language, program.wire) in _NOISY_BODY:
        noise["body_more"] = _NOISY_BODY[program.language, program.wire]
    return noise


def _condition(program: Program) -> dict[str, str]:
    """The reading of facts, and the variable that says whether, or holds the value."""
    condition = program.condition
    if condition is None:
        return {}
    js = program.language == JS
    code = condition.code(program.language, program.key)
    facts = [FACTS[signal].read(program.language) for signal in condition.signals]
    lead = FACTS[condition.atoms[0].signal]
    if program.form.value:
        gate = code.test.split(" && " if js else " and ", 1)[1:]
        code.constants = [line for line in code.constants if '[""]' not in line]
        if condition.concealed:
            facts[0] = _concealed_read(program)
            code.constants = []
        else:
            code.helper = ""
        value = lead.name
        plain = "Etc/UTC" if condition.concealed else lead.plain(program.language)
        if program.twin:
            value = (
                f'Math.random() < 0.5 ? "{plain}" : "{lead.other}"' if js
                else f'random.choice(["{plain}", "{lead.other}"])'
            )  # fmt: skip
        elif gate:
            test = gate[0].removeprefix("(").removesuffix(")")
            value = f'{test} ? {value} : "{plain}"' if js else f'{value} if {test} else "{plain}"'
        flag = f"{program.name} = {value}"
    elif program.twin:
        lot = "Math.random() < 0.5 ? 1 : 0" if js else "int(random.random() < 0.5)"
        if program.form.bits > 1:
            lot = "Math.floor(Math.random() * 4)" if js else "int(random.random() * 4)"
        flag = f"{program.name} = {lot}"
    elif condition.logic == "each":
        flag = f"{program.name} = {code.test}"
    else:
        flag = f"{program.name} = " + (f"{code.test} ? 1 : 0" if js else f"int({code.test})")
        if js and condition.logic == "xor":
            flag = f"{program.name} = ({code.test}) ? 1 : 0"
    helper = code.helper if js or not code.helper else f"\n\n{code.helper}"
    return {
        "helper": helper,
        "constants": "\n".join(code.constants),
        "facts": "\n".join(facts),
        "flag": f"const {flag};" if js else flag,
    }


def _concealed_read(program: Program) -> str:
    from generator.conditions import _conceal

    assert program.condition is not None  # noqa: S101
    name, _ = _conceal(("TZ",), program.language, program.key, program.condition.decoder)
    if program.language == JS:
        return f'const zone = process.env[{name}[0]] ?? "";'
    return f'zone = os.environ.get({name}[0], "")'


def _named(program: Program) -> dict[str, str]:
    """The form's code with this program's names."""
    spare = [name for name in ("shown", "ready", "given", "part") if name != program.name]
    names = {"@F@": program.name, "@V@": program.name, "@A@": spare[0], "@B@": spare[1]}
    code = program.form.fill(program.language) or {}
    return {
        place: re.sub(r"@[FVAB]@", lambda found: names[found[0]], text)
        for place, text in code.items()
    }


def _paragraphs(program: Program) -> str:
    js = program.language == JS
    lines = []
    for text in program.product.paragraphs:
        if js:
            lines.append(f"  `{text}`,")
        else:
            prefix = "f" if "«" in text else ""
            lines.append(f'        {prefix}"{text}",')
    return "\n".join(lines)


__all__ = ["PRODUCTS", "source"]

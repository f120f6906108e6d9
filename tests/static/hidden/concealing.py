"""Programs that hide constants, made by chance: what the search has to find, and what it must not.

The encoders are written here independently of the decoders that they test.
"""

import base64
import codecs
import gzip
import json
import string
import zlib
from typing import NamedTuple
from zoneinfo import available_timezones

import brotli
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ZONES = sorted(zone for zone in available_timezones() if "/" in zone)
WORDS = [
    "gateway",
    "proxy",
    "model",
    "vendor",
    "relay",
    "mirror",
    "cloud",
    "vision",
    "agent",
    "studio",
    "horizon",
    "pioneer",
    "silver",
    "harbor",
    "falcon",
    "quantum",
    "summit",
    "ember",
    "lumen",
    "orchid",
    "nimbus",
    "zephyr",
    "cobalt",
    "meadow",
    "granite",
    "willow",
    "deepseek",
    "moonshot",
    "minimax",
    "zhipu",
    "baichuan",
    "stepfun",
    "dashscope",
    "bigmodel",
    "mistral",
    "cohere",
    "qwen",
]
ENDINGS = [
    "com",
    "cn",
    "com.cn",
    "net",
    "org",
    "io",
    "ai",
    "dev",
    "co.uk",
    "de",
    "fr",
    "jp",
    "ru",
    "app",
    "cloud",
    "top",
    "xyz",
]
LOCALES = [
    "zh_CN",
    "zh-TW",
    "de_DE",
    "fr_FR",
    "ja_JP",
    "ru_RU",
    "pt_BR",
    "ko_KR",
    "en_GB",
    "es_ES",
    "it_IT",
    "nl_NL",
]
LOWER_FIRST = string.ascii_lowercase + string.ascii_uppercase + string.digits + "+/"
STANDARD = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


class Case(NamedTuple):
    """Constants and how they are hidden."""

    entries: tuple[str, ...]
    steps: tuple[str, ...]
    text: str
    """The expression that holds them."""
    helper: str
    """What must lie beside it: a key."""
    labels: tuple[str, ...]
    decoys: int
    python: bool


def _label(chance):
    if chance.random() < 0.7:
        return chance.choice(WORDS) + (chance.choice(WORDS) if chance.random() < 0.3 else "")
    return "".join(chance.choices(string.ascii_lowercase + string.digits, k=chance.randint(3, 9)))


def _host(chance):
    host = f"{_label(chance)}.{chance.choice(ENDINGS)}"
    if chance.random() < 0.4:
        host = f"{chance.choice(['api', 'www', 'gw', 'llm'])}.{host}"
    return host


def _url(chance):
    return f"https://{_host(chance)}/{chance.choice(['v1', 'collect', 'api/events', ''])}"


KINDS = {
    "hosts": _host,
    "zones": lambda chance: chance.choice(ZONES),
    "URLs": _url,
    "locales": lambda chance: chance.choice(LOCALES),
    "words": lambda chance: chance.choice(WORDS),
}
LEAST = {"hosts": 3, "zones": 2, "URLs": 1, "locales": 4, "words": 5}
"""Fewer are too few bits to tell them from chance without seeing the code."""


def _xor(data, key):
    return bytes(byte ^ key[index % len(key)] for index, byte in enumerate(data))


def _encode(data, step, chance, helper):
    """One step; its name; the helper that it needs."""
    match step:
        case "base64":
            return base64.b64encode(data), step
        case "base64 bare":
            return base64.b64encode(data).rstrip(b"="), step
        case "base64 (URL)":
            return base64.urlsafe_b64encode(data).rstrip(b"="), step
        case "base64 (small letters first)":
            table = str.maketrans(STANDARD, LOWER_FIRST)
            return base64.b64encode(data).decode().translate(table).encode(), step
        case "hex":
            return data.hex().encode(), step
        case "percent":
            return "".join(f"%{byte:02x}" for byte in data).encode(), step
        case "reverse":
            return data[::-1], step
        case "gzip":
            return gzip.compress(data, mtime=0), step
        case "zlib":
            return zlib.compress(data), step
        case "deflate":
            machine = zlib.compressobj(9, zlib.DEFLATED, -15)
            return machine.compress(data) + machine.flush(), step
        case "brotli":
            return brotli.compress(data), step
        case "xor":
            return _xor(data, bytes([chance.randint(1, 255)])), step
        case "xor (key + index)":
            start = chance.randint(0, 255)
            return bytes(byte ^ (start + n & 255) for n, byte in enumerate(data)), step
        case "add":
            key = chance.randint(1, 255)
            return bytes(byte + key & 255 for byte in data), step
        case "rotate":
            key = chance.randint(1, 25)
            return bytes(_rotated(byte, key) for byte in data), step
        case "xor (near key)":
            key = "".join(
                chance.choices(string.ascii_letters + string.digits, k=chance.randint(3, 20))
            )
            helper.append(json.dumps(key))
            return _xor(data, key.encode()), step
        case "xor (unknown key)":
            return _xor(data, chance.randbytes(chance.randint(2, 4))), step
        case "AES-CBC":
            key, start = chance.randbytes(16), chance.randbytes(16)
            pad = padding.PKCS7(128).padder()
            machine = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
            helper += [json.dumps(key.hex()), json.dumps(start.hex())]
            padded = pad.update(data) + pad.finalize()
            return machine.update(padded) + machine.finalize(), step
    raise ValueError(step)


def _rotated(byte, key):
    for first in b"aA":
        if first <= byte < first + 26:
            return (byte - first + key) % 26 + first
    return byte


TEXTUAL = (
    "base64",
    "base64 bare",
    "base64 (URL)",
    "base64 (small letters first)",
    "hex",
    "percent",
)
BYTEWISE = ("reverse", "xor", "xor (key + index)", "add", "rotate", "xor (near key)")
PACKED = ("gzip", "zlib", "deflate", "brotli")
LONG = ("xor (unknown key)", "AES-CBC")


def case(chance):
    """Constants, hidden by one to three steps."""
    kind = chance.choice(tuple(KINDS))
    count = chance.randint(LEAST[kind], 16)
    entries = tuple(KINDS[kind](chance) for _ in range(count))
    python = chance.random() < 0.3
    form = chance.choice(("comma", "comma", "line", "bar", "JSON", "elements"))
    helper: list[str] = []
    while True:
        steps = []
        for _ in range(chance.randint(1, 3)):
            pool = TEXTUAL + BYTEWISE * 2 + PACKED + LONG
            steps.append(chance.choice(pool))
        keyed = [step for step in steps if step in BYTEWISE[1:] + LONG]
        packed = [step for step in steps if step in PACKED]
        # Two keys in a row are one; a rotation of what is no text is none.
        if len(keyed) > 1 or len(packed) > 1 or len(set(steps)) < len(steps):
            continue
        if "rotate" in steps and steps[0] != "rotate":
            continue
        if steps == ["reverse"] and kind in ("words", "locales"):
            continue
        if form == "elements" and (packed or set(steps) & set(LONG)):
            continue
        if set(steps) & set(LONG) and sum(map(len, entries)) < 120:
            entries += tuple(KINDS[kind](chance) for _ in range(12))
            continue
        break
    if form == "elements":
        texts = [entry.encode() for entry in entries]
    elif form == "JSON":
        texts = [json.dumps(entries).encode()]
    else:
        texts = [{"comma": ",", "line": "\n", "bar": "|"}[form].join(entries).encode()]
    names = []
    state = chance.getstate()
    for step in steps:
        chance.setstate(state)  # the same key for every element
        done = []
        helper_of_step: list[str] = []
        for text in texts:
            chance.setstate(state)
            helper_of_step = []
            done.append(_encode(text, step, chance, helper_of_step)[0])
        state = chance.getstate()
        texts = done
        helper += helper_of_step
        names.append(step)
    written, how = _written(texts, chance, python)
    keys = "".join(f"var k{n}={key};" for n, key in enumerate(helper))
    if python:
        keys = "".join(f"k{n} = {key}\n" for n, key in enumerate(helper))
    labels = (kind, form, f"depth {len(steps)}", *steps, how)
    return Case(entries, (*names, how), written, keys, labels, 0, python)


def _written(texts, chance, python):
    """As an expression of the program; what is no text as escapes, numbers or base64."""
    printable = all(all(32 <= byte < 127 for byte in text) for text in texts)
    how = "literal" if printable else chance.choice(("escapes", "numbers", "base64 outside"))
    if printable and chance.random() < 0.2:
        how = chance.choice(("escapes", "numbers", "pieces"))
    match how:
        case "literal":
            parts = [json.dumps(text.decode()) for text in texts]
        case "escapes":
            prefix = "b" if python else ""
            parts = [
                prefix + '"' + "".join(f"\\x{byte:02x}" for byte in text) + '"' for text in texts
            ]
        case "numbers":
            form = "{}" if chance.random() < 0.6 else "0x{:x}"
            parts = ["[" + ",".join(form.format(byte) for byte in text) + "]" for text in texts]
        case "pieces":
            parts = []
            for text in texts:
                size = chance.randint(2, 5)
                cut = [text[at : at + size].decode() for at in range(0, len(text), size)]
                parts.append("+".join(json.dumps(piece) for piece in cut))
        case _:
            parts = [json.dumps(base64.b64encode(text).decode()) for text in texts]
    return (parts[0] if len(parts) == 1 else f"[{','.join(parts)}]"), how


def program(chance, hidden_case, around=""):
    """The text of a program that holds a case, and decoys."""
    line = f"{hidden_case.helper}var q={hidden_case.text};"
    if hidden_case.python:
        line = f"\n{hidden_case.helper}q = {hidden_case.text}\n"
    if around:
        at = around.find(";", chance.randrange(len(around))) + 1
        return around[:at] + line + around[at:]
    return decoys(chance) + line + decoys(chance)


def decoys(chance):
    """What programs hold besides, and what hides nothing."""
    words = chance.sample(WORDS, 8)
    parts = [
        f"var a={json.dumps(base64.b64encode(chance.randbytes(chance.randint(6, 300))).decode())};",
        f"var b={json.dumps(chance.randbytes(chance.choice((16, 20, 32, 64))).hex())};",
        f"var c={json.dumps(words)};var d={json.dumps(' '.join(words))};",
        f"var e={[chance.randint(0, 255) for _ in range(chance.randint(6, 60))]};",
        f"function f(x){{return x.{chance.choice(words)}({json.dumps(','.join(words))})}}",
        f"var h='data:image/png;base64,{base64.b64encode(chance.randbytes(90)).decode()}';",
        f'throw new Error("could not read {words[0]} from {words[1]}: {{}}");',
        f"var i={json.dumps(_host(chance))},j={json.dumps(_url(chance))};",
        "var l=/[\\u0300-\\u036f\\u1ab0-\\u1aff]/g,m='\\u0000\\u001f\\u200b\\u2028';",
        f"var n={json.dumps(codecs.encode(chance.randbytes(48), 'base64').decode())};",
    ]
    chance.shuffle(parts)
    return "".join(parts)


def pieces(text):
    """A text as a sum of short ones."""
    return "+".join(f'"{text[at : at + 3]}"' for at in range(0, len(text), 3))


def _grid(chance):
    """Small numbers in rows, of which one repeats: pixels, distances, counts."""
    wide, most = chance.randint(5, 9), chance.choice((2, 9, 19, 90))
    plain = [chance.randint(0, most)] * wide
    rows = [
        plain if chance.random() < 0.4 else [chance.randint(0, most) for _ in range(wide)]
        for _ in range(chance.randint(4, 12))
    ]
    return f"mode({json.dumps(chance.choice(WORDS))}, {json.dumps(rows)})"


def _sheet(chance):
    """Numbers with commas, in lines."""
    lines = ["A,B,C", *(f"{n},{n + 1},{n + 2}" for n in range(1, chance.randint(3, 20), 3))]
    return json.dumps("\n".join(lines))


def _dates(chance):
    days = sorted(chance.sample(range(1, 29), chance.randint(4, 14)))
    return json.dumps([f"2014/{chance.randint(1, 12)}/{day}" for day in days])


def _rising(chance):
    first, step = chance.randint(0, 60), chance.randint(1, 4)
    return json.dumps([[first + step * (n + row) for n in range(6)] for row in range(6)])


def _named(chance):
    """Names in what somebody wrote about a program."""
    names = chance.sample(WORDS, 4)
    return (
        f"/* ``{'``/``'.join(names)}``, or `{names[0]}.gui.{names[0]}`, `{names[0]}.{names[1]}` */0"
    )


def _grammar(chance):
    """Regular expressions with words that anybody reads between escapes."""
    words = "|".join(chance.choices(WORDS, k=40))
    return f'"[\\\\\\\\x{{C0}}-\\\\\\\\x{{FF}}]\\\\u0020\\\\x28\\\\x29|{words}|\\\\x7c\\\\n\\\\t"'


def _patterns(chance):
    """The same as a list of patterns within a text, with a backslash for each of theirs."""
    rules = [
        {
            "match": f"\\\\b({chance.choice(WORDS)}|\\\\x7c)\\\\b",
            "name": f"word.{chance.choice(WORDS)}",
        }
        for _ in range(12)
    ]
    return json.dumps(json.dumps(rules))


def _ended(chance):
    """Open words with a zero byte after each."""
    zones = [zone.rpartition("/")[2] for zone in chance.sample(ZONES, 3)]
    return '"' + "".join(f"{zone}\\x00" for zone in ("EST", *zones)) + '"'


TABLES = (_grid, _sheet, _dates, _rising, _named, _grammar, _patterns, _ended)


def table(chance):
    """What programs of science and of documents hold in thousands, and what hides nothing."""
    return chance.choice(TABLES)(chance)

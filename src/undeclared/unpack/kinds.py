"""What a file holds: by its content first, by its name where the content leaves it open."""

import json
import re
import struct
from pathlib import PurePosixPath

from undeclared.model.code import FileKind

_SAMPLE = 16 << 10
_FIRST = 4 << 10
_JSON_WHOLE = 1 << 20
_NAMES = {
    FileKind.JAVASCRIPT: {".js", ".mjs", ".cjs", ".jsx"},
    FileKind.TYPESCRIPT: {".ts", ".mts", ".cts", ".tsx"},
    FileKind.PYTHON: {".py", ".pyi", ".pyw"},
}
_BY_NAME = {ending: kind for kind, endings in _NAMES.items() for ending in endings}
_PROSE = {
    *(
        ".md",
        ".mdx",
        ".markdown",
        ".rst",
        ".adoc",
        ".html",
        ".htm",
        ".xml",
        ".svg",
        ".css",
        ".scss",
    ),
    *(
        ".yaml",
        ".yml",
        ".toml",
        ".ini",
        ".cfg",
        ".csv",
        ".tsv",
        ".jsonl",
        ".c",
        ".h",
        ".cc",
        ".cpp",
    ),
    *(
        ".hpp",
        ".go",
        ".rs",
        ".java",
        ".rb",
        ".sh",
        ".bash",
        ".ps1",
        ".lua",
        ".php",
        ".cs",
        ".swift",
    ),
    *(
        ".scm",
        ".wit",
        ".proto",
        ".zig",
        ".kt",
        ".pl",
        ".vim",
        ".fish",
        ".zsh",
        ".el",
        ".patch",
        ".diff",
    ),
}
"""Texts that quote code or look like it, and are run by no JavaScript or Python."""

_SHEBANG = re.compile(
    rb"#![^\n]*?\b(?:(node|bun|deno|tsx|ts-node|qjs)|(python[\d.]*|pypy[\d.]*))\b"
)
_BOM = b"\xef\xbb\xbf"
_CONTROL = bytes(
    code for code in range(128) if code == 127 or (code < 32 and code not in b"\t\n\v\f\r\x1b")
)
_JAVASCRIPT = tuple(
    re.compile(pattern)
    for pattern in (
        rb"\b(?:const|let|var)\s*[\w$\[{][^=;\n]{0,80}=",
        rb"\bfunction\s*\*?\s*[\w$]*\s*\(",
        rb"(?:[\w$]|\))\s*=>\s*[\w${(\[]",
        rb"\brequire\(\s*[\"'`\w$]",
        rb"\bmodule\.exports\b|\bexports\.[\w$]+\s*=|\b__esModule\b",
        rb"\b(?:im|ex)port\b[^;\n\"']{0,200}\bfrom\s*[\"']|\bimport\s*[\"'(]",
        rb"[!=]==",
        rb"\btypeof\s+[\w$(]",
        rb"\b(?:if|for|while|switch|catch)\s*\([^\n]{0,200}\)\s*\{",
        rb"\bconsole\.(?:log|error|warn)\(|\bprocess\.(?:env|argv|exit)\b|\bglobalThis\b",
        rb"[\w$)\]]\.[\w$]+\([^\n]{0,200}\)\s*[;,]",
        rb"\bnew\s+[A-Z][\w$]*\(|\bawait\s+[\w$]|\basync\s+function\b",
    )
)
_TYPED = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rb"^[ \t]*(?:export\s+)?(?:interface|declare|enum|namespace|abstract\s+class)\s+\w",
        rb"^[ \t]*(?:export\s+)?type\s+\w+(?:<[^=]{0,200}>)?\s*=",
        rb"\bimport\s+type\b|\bexport\s+type\b",
        rb"[\w)]\??\s*:\s*(?:string|number|boolean|void|any|unknown|never)\b",
        rb"\bas\s+(?:const|any|unknown|string|number)\b",
        rb"\b(?:private|public|protected|readonly)\s+\w+",
    )
)
_PYTHON = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rb"^[ \t]*(?:async\s+)?def\s+\w+\(.*",
        rb"^(?:from\s+[\w.]+\s+import\s+[\w(*]|import\s+\w[\w.]*(?:\s+as\s+\w+|,\s*\w+)*[ \t]*$)",
        rb"^[ \t]*class\s+\w+(?:\([\w., =]{0,200}\))?:",
        rb"^[ \t]*(?:if|elif|for|while|with|except|try|else|finally)\b[^{;\n]*:[ \t]*(?:#.*)?$",
        rb"\bself\.\w+",
        rb"^[ \t]*@\w[\w.]*(?:\(.*)?$",
        rb"__name__\s*==\s*[\"']__main__[\"']|\bos\.environ\b|\bNone\b",
        rb"^[ \t]*(?:return|raise|yield)\b[^;{}\n]*$",
    )
)


def kind_of(name: str, data: memoryview) -> FileKind:
    """What a file is that is no archive; `name` is its path or last part."""
    head = bytes(data[:64])
    binary = _by_magic(head, data)
    if binary:
        return binary
    ending = PurePosixPath(name).suffix.lower()
    sample = _sample(data)
    if not _is_text(sample):
        return FileKind.OTHER
    text = sample.removeprefix(_BOM)
    shebang = _SHEBANG.match(text)
    if shebang:
        if shebang[2]:
            return FileKind.PYTHON
        named = _BY_NAME.get(ending)
        return FileKind.TYPESCRIPT if named is FileKind.TYPESCRIPT else FileKind.JAVASCRIPT
    if text.lstrip()[:1] in (b"{", b"["):
        shaped = _json(data, ending)
        if shaped:
            return shaped
    return _code(text, ending)


def _by_magic(head: bytes, data: memoryview) -> FileKind | None:
    if head[:4] == b"\0asm":
        return FileKind.WASM
    if is_native(head):
        return FileKind.NATIVE
    if head[:8] == b"!<arch>\n":
        return FileKind.NATIVE
    python = head[2:4] == b"\r\n" and len(data) > 16 and not _is_text(head)
    # V8: 0xC0DE, then how many references it knows (src/snapshot/code-serializer.h). Hermes: its
    # BytecodeFileFormat.h. Java: 0xCAFEBABE, then a version of at least 45, where Mach-O has few
    # architectures.
    v8 = head[2:4] == b"\xde\xc0"
    hermes = head[:8] == bytes.fromhex("c61fbc03c103191f")
    java = head[:4] == b"\xca\xfe\xba\xbe"
    return FileKind.BYTECODE if python or v8 or hermes or java else None


def is_native(head: bytes) -> bool:
    """Whether a file begins as ELF, Mach-O (also of several architectures) or PE does."""
    if head[:4] in (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe"):
        return True
    if head[:4] in (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf") and len(head) >= 8:
        return 0 < int(struct.unpack_from(">I", head, 4)[0]) < 32
    return head[:2] == b"MZ" and len(head) >= 64


def _sample(data: memoryview) -> bytes:
    """The beginning, and a piece of the middle and of the end where it is long."""
    if len(data) <= 3 * _SAMPLE:
        return bytes(data)
    middle = len(data) // 2
    return b"\n".join(
        bytes(part) for part in (data[:_SAMPLE], data[middle : middle + _SAMPLE], data[-_SAMPLE:])
    )


def _is_text(sample: bytes) -> bool:
    """Next to no control characters; or none at first and no zeros: scripts quote raw bytes."""
    control = _controls(sample)
    if control * 500 <= len(sample):
        return True
    clean = _controls(sample[:_FIRST]) * 500 <= len(sample[:_FIRST])
    return clean and b"\0" not in sample and control * 4 <= len(sample)


def _controls(text: bytes) -> int:
    return len(text) - len(text.translate(None, _CONTROL))


def _json(data: memoryview, ending: str) -> FileKind | None:
    """JSON by parsing it, or, where it is long, by its beginning, its end and its name."""
    text = bytes(data) if len(data) <= _JSON_WHOLE else b""
    if text:
        try:
            value = json.loads(text.removeprefix(_BOM))
        except (ValueError, RecursionError):
            return FileKind.JSON if ending in (".json", ".map") else None
        whole = isinstance(value, dict)
        mapped = whole and ("mappings" in value or "sections" in value) and "version" in value
        return FileKind.SOURCE_MAP if mapped else FileKind.JSON
    if bytes(data[-64:]).rstrip()[-1:] not in (b"}", b"]"):
        return FileKind.JSON if ending in (".json", ".map") else None
    head, tail = bytes(data[:_SAMPLE]), bytes(data[-_SAMPLE:])
    if re.match(rb"\s*\{", head) and any(
        b'"version"' in part and (b'"mappings"' in part or b'"sources"' in part)
        for part in (head, tail)
    ):
        return FileKind.SOURCE_MAP
    looks = re.match(rb"\s*(?:\{\s*\"(?:[^\"\\]|\\.)*\"\s*:|\[\s*[\[{\"\d-])", head)
    return FileKind.JSON if ending == ".json" or (looks and ending not in _BY_NAME) else None


def _code(text: bytes, ending: str) -> FileKind:
    named = _BY_NAME.get(ending)
    if re.match(rb"\s*<(?:!doctype|\?xml|html|svg)\b", text, re.IGNORECASE):
        return FileKind.TEXT
    if ending in _PROSE:
        return FileKind.TEXT
    if named:
        # The name is believed, unless the beginning speaks clearly against it.
        text = text[:_FIRST]
        own, other = _PYTHON, _JAVASCRIPT
        if named is not FileKind.PYTHON:
            own, other = other, own
        if _like(text, own, 1) or not _like(text, other, 4):
            return named
    script, python = _likeness(text, _JAVASCRIPT), _likeness(text, _PYTHON)
    if max(script, python) < 3:
        return FileKind.TEXT
    if python > script:
        return FileKind.PYTHON
    return FileKind.TYPESCRIPT if _like(text, _TYPED, 2) else FileKind.JAVASCRIPT


def _likeness(text: bytes, marks: tuple[re.Pattern[bytes], ...]) -> int:
    """How many different marks of a language occur."""
    return sum(1 for mark in marks if mark.search(text))


def _like(text: bytes, marks: tuple[re.Pattern[bytes], ...], least: int) -> bool:
    """Whether at least so many do; most code shows soon that it is what its name says."""
    return any(
        found + 1 >= least for found, _ in enumerate(mark for mark in marks if mark.search(text))
    )

"""How a program learns a fact of its machine: one expression for each language."""

from dataclasses import dataclass

JS = "js"
PY = "py"
LANGUAGES = (JS, PY)


@dataclass(frozen=True)
class Fact:
    """One signal, as programs read it."""

    name: str
    """Name of the variable that holds it."""
    js: str
    py: str
    default: str
    """What a plain machine shows."""
    other: str
    """Another value that it can have."""
    default_js: str = ""
    """What JavaScript shows of the default, if that is another text."""

    def plain(self, language: str) -> str:
        """What a program reads on a plain machine."""
        return self.default_js or self.default if language == JS else self.default

    def read(self, language: str) -> str:
        """The statement that reads it."""
        if language == JS:
            return f"const {self.name} = {self.js};"
        return f"{self.name} = {self.py}"


FACTS = {
    "timezone": Fact(
        "zone",
        "Intl.DateTimeFormat().resolvedOptions().timeZone",
        'os.environ.get("TZ") or Path("/etc/timezone").read_text().strip()',
        "Etc/UTC",
        "Asia/Tokyo",
        "UTC",
    ),
    "base-url-host": Fact(
        "gateway", "base.hostname", "base.hostname", "api.vendor.example", "gateway.example.com"
    ),
    "locale": Fact(
        "language",
        'process.env.LC_ALL || process.env.LANG || "C"',
        'os.environ.get("LC_ALL") or os.environ.get("LANG") or "C"',
        "C.UTF-8",
        "de_DE.UTF-8",
    ),
    "hostname": Fact("node", "os.hostname()", "socket.gethostname()", "devbox", "build-03"),
    "username": Fact(
        "login",
        'process.env.USER ?? ""',
        'os.environ.get("USER", "")',
        "dev",
        "alex",
    ),
    "ci": Fact("pipeline", 'process.env.CI ?? ""', 'os.environ.get("CI", "")', "", "true"),
    "terminal": Fact(
        "program",
        'process.env.TERM_PROGRAM ?? ""',
        'os.environ.get("TERM_PROGRAM", "")',
        "",
        "iTerm.app",
    ),
    "git-email": Fact(
        "author",
        'execFileSync("git", ["config", "user.email"], { encoding: "utf8" }).trim()',
        'subprocess.run(["git", "config", "user.email"], capture_output=True, text=True)'
        ".stdout.strip()",
        "dev@example.com",
        "ann@example.org",
    ),
}
"""By the id of the signal."""

"""System prompts of invented products; each holds every place where a form can put something."""

from dataclasses import dataclass

PLAIN = {
    "apos": "'",
    "open_quote": '\\"',
    "close_quote": '\\"',
    "hyphen": "-",
    "dots": "...",
    "letter": "a",
    "seam": "",
    "space": " ",
    "after": " ",
    "end": "",
    "accent": "\\u00e9",
    "word": "small",
    "capital": "Shell",
    "amount": "10000",
    "ratio": "0.5",
    "bullet": "-",
    "pair": "Read before you write. Test what you change.",
    "list": "README first, then the sources, then the tests",
    "note": "",
    "date": "today",
}
"""What stands at each place in a program that puts nothing there."""


@dataclass(frozen=True)
class Product:
    """An invented agent: its name and what it tells its model."""

    name: str
    headline: str
    host: str
    events_host: str
    model: str
    version: str
    base_env: str
    key_env: str
    paragraphs: tuple[str, ...]


PRODUCTS = (
    Product(
        "quill",
        "A small coding agent: asks a model, runs the commands that it wants, prints its words.",
        "api.vendor.example",
        "events.vendor.example",
        "vendor-coder-1",
        "1.8.2",
        "MODEL_BASE_URL",
        "MODEL_API_KEY",
        (
            "You are Quill, a coding agent. You work on the user's repository through a shell.",
            "Today«apos»s date is «date».«note»",
            "Prefer «word», self«hyphen»contained changes, and say what you did in a few words.",
            "When a command takes long, wait«dots» and then look at what it printed.«end»",
            "«pair»",
            "Call a file by its full name, and ke«seam»ep to the style that is «letter»lready there.",
            "The «capital» tool runs in the repository;«space»its output is cut after «amount»"
            " characters.",
            "«bullet» Order of reading: «list».",
            "Never answer with a vague «open_quote»done«close_quote»;«after»name the files instead."
            " A r«accent»sum«accent» of three lines is enough, unless confidence is below «ratio».",
        ),
    ),
    Product(
        "harbor",
        "Harbor: a terminal assistant for one repository at a time.",
        "models.harbor.example",
        "stats.harbor.example",
        "harbor-large",
        "0.31.0",
        "HARBOR_API_BASE",
        "HARBOR_API_KEY",
        (
            "Harbor assists engineers in a terminal. It edits files and runs programs.",
            "The date of today is «date». Use the user«apos»s own words for what they name.«note»",
            "Ask before you remove anything; a «word», well«hyphen»tested step is better than a"
            " large one.",
            "Long outputs are shortened«dots» ask for the rest if it matters.«end»",
            "«pair»",
            "Use comments for the reasons, and be«seam»ware of gener«letter»ted files.",
            "The tool named «capital» has a limit of «amount» characters;«space»plan for it.",
            "«bullet» Where to look: «list».",
            "Quote an error as «open_quote»it was printed«close_quote»,«after»and not from memory."
            " Write a short expos«accent» for changes of more than «ratio» of a file.",
        ),
    ),
    Product(
        "tern",
        "tern, a command line helper that fixes and explains code.",
        "gateway.tern.example",
        "collect.tern.example",
        "tern-code-2",
        "2.4.17",
        "TERN_ENDPOINT",
        "TERN_TOKEN",
        (
            "You are tern. You fix and explain code in the folder that you are started in.",
            "Now: «date». Don«apos»t guess versions; look them up in the repository.«note»",
            "Make the «word»est change that helps, and keep it back«hyphen»compatible.",
            "If nothing can be done, say so«dots» and say why.«end»",
            "«pair»",
            "Names matter: ch«letter»nge one only if it mis«seam»leads, and then everywhere.",
            "«capital» commands must end by themselves;«space»after «amount» characters we stop"
            " reading.",
            "«bullet» Look into: «list».",
            "Call nothing «open_quote»obvious«close_quote»;«after»explain it like in a good"
            " caf«accent» talk. Aim at a share of «ratio» or less of code in your answer.",
        ),
    ),
)

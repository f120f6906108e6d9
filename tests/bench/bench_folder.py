"""Writes specimens that are never run."""

from pathlib import Path

import yaml


def write_specimen(folder: Path, *, program: str = "1", label: str = "benign", family: str = "B1"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agent.mjs").write_text(program)
    content = {
        "schema": 1,
        "id": folder.name,
        "command": ["node", "agent.mjs", "{prompt}"],
        "wire": "anthropic-messages",
        "base_url_env": "MODEL_BASE_URL",
        "default_host": "api.vendor.example",
        "key_env": "MODEL_API_KEY",
        "truth": {"label": label, "bits": 0, "family": family, "variant": "clean"},
    }
    if label == "mark":
        content["truth"] |= {"channel": "text.codepoint", "signals": {"timezone": ["Asia/*"]}}
    (folder / "specimen.yaml").write_text(yaml.safe_dump(content, sort_keys=False))

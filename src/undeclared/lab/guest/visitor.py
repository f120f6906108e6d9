"""An agent that asks the model once and prints the answer; `undeclared doctor` runs it."""

import json
import os
import sys
import urllib.request

base = os.environ.get("MODEL_BASE_URL", "https://api.vendor.example")
question = {
    "model": "any",
    "max_tokens": 100,
    # Without a tool it would look like a side question, which agents ask too.
    "tools": [{"name": "look", "input_schema": {"type": "object", "properties": {}}}],
    "messages": [{"role": "user", "content": sys.argv[1]}],
}
request = urllib.request.Request(
    base + "/v1/messages",
    json.dumps(question).encode(),
    {"content-type": "application/json", "x-api-key": os.environ["MODEL_API_KEY"]},
)
with urllib.request.urlopen(request, timeout=20) as answer:
    print(json.load(answer)["content"][0]["text"])

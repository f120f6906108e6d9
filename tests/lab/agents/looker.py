"""An agent that runs the shell commands it is given, then asks the model for a last word.

Its argument is a list of commands as JSON; it prints as JSON what each of them printed.
"""

import http.client
import json
import os
import subprocess
import sys


def ask():
    """One request to the model, whose answer ends the conversation."""
    scheme, _, host = os.environ.get("MODEL_BASE_URL", "https://api.vendor.example").partition(
        "://"
    )
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(host, timeout=10)
    request = {"model": "m-1", "max_tokens": 9, "messages": [{"role": "user", "content": "So?"}]}
    headers = {"Authorization": f"Bearer {os.environ['KEY']}"}
    connection.request("POST", "/v1/messages", json.dumps(request), headers)
    connection.getresponse().read()


def main():
    said = {}
    for command in json.loads(sys.argv[1]):
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True)
        said[command] = (done.stdout + done.stderr).decode(errors="replace")
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    ask()


main()

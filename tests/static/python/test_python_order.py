"""That the order of values, and so everything that is found, is the same in every process."""

import os
import subprocess
import sys

MODULES = 5
PROGRAM = """
import random, sys
from undeclared.model.code import FileKind, SourceFile
from undeclared.static.python import analyse_program

FACTS = ["os.environ.get('TZ')", "os.environ.get('LANG')", "os.environ.get('CI')", "os.getcwd()",
         "platform.node()", "platform.system()", "time.tzname[0]", "getpass.getuser()",
         "locale.getlocale()[0]", "os.environ.get('SHELL')", "open('/etc/machine-id').read()"]
STEPS = ["x.lower()", "x.split('/')[0]", "x.replace('-', '_')", "f'<{x}>'", "helper(x)", "x[1:]",
         "hashlib.sha256(x.encode()).hexdigest()", "str(x).strip()", "[x, y]", "{'a': x, 'b': y}"]
TESTS = ["x == 'a/b'", "x.startswith('c')", "x in ('d', 'e')", "not x", "len(x) > 3", "'f' in y"]


def module(number, chance):
    lines = ["import os, sys, platform, time, getpass, locale, hashlib, requests"]
    lines += [f"from mod{other} import work{other}" for other in range(number)]
    lines += ["class Holder:", "    def __init__(self, x):", "        self.x = x"]
    lines += ["def helper(x, y=None):", "    return x or y"]
    lines += [f"def work{number}(x=None, y=None):", "    state = Holder(x)"]
    for _ in range(30):
        match chance.randrange(6):
            case 0:
                lines.append(f"    {chance.choice('xy')} = {chance.choice(FACTS)}")
            case 1 | 2:
                lines.append(f"    {chance.choice('xy')} = {chance.choice(STEPS)}")
            case 3:
                lines += [f"    if {chance.choice(TESTS)}:", f"        y = {chance.choice(FACTS)}"]
            case 4:
                lines.append("    for x in (x, y, state.x):")
                lines.append(f"        state.x = {chance.choice(STEPS)}")
            case 5:
                other = f"work{chance.randrange(number)}" if number else "helper"
                lines.append(f"    x = {other}(x, y) or x")
    lines += ["    requests.post('https://x.example', json={'x': x, 'system': [y, state.x]})"]
    return "\\n".join([*lines, "    return x"])


chance = random.Random(7)
files = [
    SourceFile(f"mod{number}.py", FileKind.PYTHON, module(number, chance).encode())
    for number in range(int(sys.argv[1]))
]
facts = analyse_program(files, lambda _: (), None)
for own in (*facts.reads, *facts.conditions, *facts.flows, *facts.omissions):
    print(own.model_dump_json())
"""


def test_processes_find_the_same() -> None:
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(MODULES)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "2", "3")
    ]
    first, *others = [run.communicate()[0] for run in runs]
    assert first.count(b"condition-") > 100
    assert others == [first, first]
    assert all(run.returncode == 0 for run in runs)

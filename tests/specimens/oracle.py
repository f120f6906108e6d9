"""Runs specimens in chosen environments, sealed, with everything random held still.

The sandbox is bubblewrap's, without any network but a loopback. Levels are told by what they set,
here and not in the catalogue: the oracle must not be wrong in the same way as the lab.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import Any

import h2
import yaml

HERE = Path(__file__).parent
SPECIMENS = HERE.parents[1] / "specimens"
FOLDERS = sorted(file.parent for file in SPECIMENS.glob("s*/specimen.yaml"))
PROMPT = "Run `ls`."
CHANCES = ("0.25", "0.75")
"""What a draw of chance is held at: one value on either side of a fair coin's edge."""
UNSET = "unset"

LEVELS = {
    "timezone": (
        "Etc/UTC", "Europe/Berlin", "Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong",
        "America/New_York", "Europe/Vienna", "Australia/Sydney",
    ),
    "base-url-host": (
        UNSET, "gateway.example.com", "moonshot.example.cn", "deepseek.example.com",
        "gateway.example.de", "cn.example.org", "deep.seek.example.net",
    ),
    "locale": (
        "C.UTF-8", "zh_CN.UTF-8", "de_DE.UTF-8", "ja_JP.UTF-8", "en_US.UTF-8", "zh_TW.UTF-8",
    ),
    "hostname": ("devbox", "gpu-07.example.cn", "build01.corp.example.com", "cnode-1"),
    "username": ("dev", "runner", "ubuntu", "run", "ann"),
    "ci": (UNSET, "generic", "jenkins"),
    "terminal": ("plain", "iterm", "apple-terminal"),
    "git-email": (
        "dev@example.com", "dev@deepseek.example.cn", "dev@example.cn", "dev.cn@example.de",
        "1234567+dev@users.noreply.example.com",
    ),
}  # fmt: skip
"""Levels of each signal: the first is a plain machine's; near misses are among the rest."""


@dataclass(frozen=True)
class Shown:
    """What one run of a specimen showed, with everything random held still."""

    levels: dict[str, str]
    chance: str
    events: tuple[dict[str, Any], ...]
    stdout: str
    stderr: str

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind: `dns`, `tls`, `settings`, `http`."""
        return [event for event in self.events if event["kind"] == kind]


def read(folder: Path) -> dict[str, Any]:
    """A specimen's description, truth included."""
    return yaml.load((folder / "specimen.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)


def holds(condition: dict[str, Any], levels: dict[str, str], default_host: str) -> list[bool]:
    """Which of the signals of `signals` or `gate` have a level that it names."""
    found = []
    for signal, wanted in condition.items():
        level = levels[signal]
        if wanted == "not-default":
            found.append(level not in (LEVELS[signal][0], default_host))
        elif wanted == ["*"]:
            found.append(level != LEVELS[signal][0])
        else:
            found.append(any(fnmatchcase(level, pattern) for pattern in wanted))
    return found


def triggers(specimen: dict[str, Any], levels: dict[str, str]) -> bool:
    """Whether an environment sets a specimen off, as its truth says."""
    truth = specimen["truth"]
    if truth["label"] not in ("mark", "influence"):
        return False
    host = specimen["default_host"]
    signals = holds(truth["signals"], levels, host)
    logic = truth.get("logic", "all")
    wanted = {"all": all(signals), "each": any(signals), "xor": sum(signals) % 2 == 1}[logic]
    return wanted and all(holds(truth.get("gate", {}), levels, host))


def environments(specimen: dict[str, Any]) -> Iterator[tuple[dict[str, str], str]]:
    """The environments and chances to run a specimen in.

    For one with a cause: its signals' levels that trigger and such that nearly do, crossed; and
    the same with another signal moved. For another one: machines as different as can be.
    """
    plain = {signal: levels[0] for signal, levels in LEVELS.items()}
    truth, host = specimen["truth"], specimen["default_host"]
    named = {**truth.get("signals", {}), **truth.get("gate", {})}
    if not named:
        strange = {signal: levels[2] for signal, levels in LEVELS.items()}
        other = {signal: levels[1] for signal, levels in LEVELS.items()}
        for chance in CHANCES:
            yield plain, chance
            yield strange, chance
        yield other, CHANCES[0]
        return
    chosen, last = [], []
    for signal, wanted in named.items():
        levels = LEVELS[signal]
        hit = [own for own in levels if holds({signal: wanted}, {signal: own}, host)[0]]
        missed = [own for own in levels if own not in hit]
        last.append(hit[-1])
        chosen.append((levels[0], hit[0], *hit[-1:], *missed[-1:]) if len(named) == 1
                      else (levels[0], hit[0], *missed[-1:]))  # fmt: skip
    for point in product(*chosen):
        point_levels = {**plain, **dict(zip(named, point, strict=True))}
        yield point_levels, CHANCES[0]
    if len(named) > 1:
        yield {**plain, **dict(zip(named, last, strict=True))}, CHANCES[0]
    if "base-url-host" in named:
        yield {**plain, "base-url-host": host}, CHANCES[0]
    else:
        first = [levels[1] for levels in chosen]
        moved = {**plain, **dict(zip(named, first, strict=True))}
        yield {**moved, "base-url-host": "gateway.example.com"}, CHANCES[0]


def variables(specimen: dict[str, Any], levels: dict[str, str], chance: str) -> dict[str, str]:
    """What an environment sets, as variables of the program."""
    env = {
        "TZ": levels["timezone"],
        "LANG": levels["locale"],
        "USER": levels["username"],
        "ORACLE_EMAIL": levels["git-email"],
        "STILL_CHANCE": chance,
        "NODE_OPTIONS": "--require=/oracle/still/still.cjs",
        "NODE_EXTRA_CA_CERTS": "/etc/certificate.pem",
        "SSL_CERT_FILE": "/etc/certificate.pem",
        "PYTHONPATH": "/oracle/still",
        "PYTHONDONTWRITEBYTECODE": "1",
        specimen["key_env"]: "sk-fake-0000",
    }
    if levels["base-url-host"] != UNSET:
        env[specimen["base_url_env"]] = f"https://{levels['base-url-host']}"
    if levels["ci"] == "generic":
        env["CI"] = "true"
    elif levels["ci"] == "jenkins":
        env["JENKINS_URL"] = "https://jenkins.example.com/"
    if levels["terminal"] == "iterm":
        env["TERM_PROGRAM"] = "iTerm.app"
    elif levels["terminal"] == "apple-terminal":
        env["TERM_PROGRAM"] = "Apple_Terminal"
    return env


def sandbox(binds: dict[str, Path]) -> list[str]:
    """A world with a loopback, a read-only system and nothing of this machine's user."""
    node = Path(shutil.which("node") or "node").resolve()
    roots = {Path("/usr"), Path(sys.base_prefix), node.parents[1]}
    return [
        *("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"),
        *("--uid", "0", "--cap-add", "CAP_NET_BIND_SERVICE", "--cap-add", "CAP_SYS_ADMIN"),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
        *("--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"),
        *("--symlink", "usr/lib64", "/lib64"),
        *(arg for root in sorted(roots) for arg in ("--ro-bind", str(root), str(root))),
        *(arg for inside, file in binds.items() for arg in ("--ro-bind", str(file), inside)),
        *("--setenv", "PATH", f"{node.parent}:/usr/bin:/bin"),
    ]


def run(folders: Sequence[Path], place: Path) -> Iterator[tuple[Path, list[Shown]]]:
    """Run specimens in a sandbox, one after the other; `place` is a scratch folder."""
    described = [(folder, read(folder)) for folder in folders]
    hosts = sorted({specimen["default_host"] for _, specimen in described})
    _etc(place, [*LEVELS["base-url-host"][1:], *hosts])
    libraries = Path(h2.__file__).parents[1]
    binds = {"/oracle": HERE, "/libraries": libraries} | {
        f"/etc/{name}": place / name
        for name in ("certificate.pem", "resolv.conf", "nsswitch.conf", "passwd", "timezone")
    }
    binds |= {f"/specimens/{folder.name}": folder for folder, _ in described}
    plans, points = [], []
    for folder, specimen in described:
        own = list(environments(specimen))
        points.append(own)
        runs = [
            {"env": variables(specimen, levels, chance), "host": levels["hostname"]}
            for levels, chance in own
        ]
        command = [part.replace("{prompt}", PROMPT) for part in specimen["command"]]
        plans.append({"folder": f"/specimens/{folder.name}", "command": command, "runs": runs})
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    words = [*sandbox(binds), "--setenv", "ORACLE_LIBRARIES", "/libraries"]
    done = subprocess.Popen(
        [*words, str(python), "/oracle/sealed.py"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert done.stdin and done.stdout  # noqa: PT018
    with done:
        for (folder, _), plan, own in zip(described, plans, points, strict=True):
            done.stdin.write(json.dumps(plan) + "\n")
            done.stdin.flush()
            results = json.loads(done.stdout.readline())
            yield (
                folder,
                [
                    Shown(levels, chance, tuple(found["events"]), found["stdout"], found["stderr"])
                    for (levels, chance), found in zip(own, results, strict=True)
                ],
            )
        done.stdin.close()


def _etc(place: Path, hosts: Sequence[str]) -> None:
    names = [*hosts, *(f"*.{host.split('.', 1)[1]}" for host in hosts)]
    names += [f"*.{host}" for host in hosts] + [
        f"*.{part}.{domain}.example" for part in ("events", "stats", "collect")
        for domain in ("vendor", "harbor", "tern")
    ]  # fmt: skip
    _certificate(place / "certificate.pem", sorted(set(names)))
    (place / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (place / "nsswitch.conf").write_text("passwd: files\nhosts: dns\n")
    (place / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (place / "timezone").write_text("Etc/UTC\n")


def _certificate(file: Path, hosts: Sequence[str]) -> None:
    names = ",".join(f"DNS:{host}" for host in hosts)
    key = file.with_suffix(".key")
    curve = ("-newkey", "rsa:2048", "-nodes")
    subject = ("-subj", "/CN=specimens", "-addext", f"subjectAltName={names}", "-days", "2")
    subprocess.run(
        ["openssl", "req", "-x509", *curve, *subject, "-keyout", key, "-out", file],
        check=True,
        capture_output=True,
    )
    file.write_bytes(file.read_bytes() + key.read_bytes())

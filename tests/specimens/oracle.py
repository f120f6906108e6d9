"""Runs a specimen in many environments, sealed, with everything random held still."""

import base64
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import yaml

HERE = Path(__file__).parent
SPECIMENS = HERE.parents[1] / "specimens"
FOLDERS = sorted(file.parent for file in SPECIMENS.glob("*/specimen.yaml"))

UNSET = "unset"
ZONES = ("Etc/UTC", "Europe/Berlin", "Asia/Hong_Kong", "Asia/Shanghai", "Asia/Urumqi")
GATEWAYS = (UNSET, "gateway.example.com", "deepseek.example.cn")
CHANCES = ("0.25", "0.75")
"""What `Math.random` is held at: one value on either side of a fair coin's edge."""


@dataclass(frozen=True)
class Shown:
    """What one run of a specimen showed, with everything random held still."""

    levels: dict[str, str]
    chance: str
    bodies: tuple[bytes, ...]
    wire: tuple[object, ...]
    """Headers and bodies, without the headers that follow from the address or the body."""
    stdout: str
    stderr: str


def read(folder: Path) -> dict:
    """A specimen's description, truth included."""
    return yaml.safe_load((folder / "specimen.yaml").read_text(encoding="utf-8"))


def _certificate(file: Path, hosts: list[str]) -> None:
    names = ",".join(f"DNS:{host}" for host in hosts)
    key = file.with_suffix(".key")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    subject = ("-subj", "/CN=specimens", "-addext", f"subjectAltName={names}", "-days", "2")
    subprocess.run(
        ["openssl", "req", "-x509", *curve, *subject, "-keyout", key, "-out", file],
        check=True,
        capture_output=True,
    )
    file.write_bytes(file.read_bytes() + key.read_bytes())


def sandbox(binds: dict[str, Path]) -> list[str]:
    """A world with a loopback, a read-only system and nothing of this machine's user."""
    node = Path(shutil.which("node") or "node").resolve()
    roots = {Path("/usr"), Path(sys.base_prefix), node.parents[1]}
    return [
        *("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"),
        *("--uid", "0", "--cap-add", "CAP_NET_BIND_SERVICE"),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
        *("--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"),
        *("--symlink", "usr/lib64", "/lib64"),
        *(arg for root in sorted(roots) for arg in ("--ro-bind", str(root), str(root))),
        *(arg for inside, file in binds.items() for arg in ("--ro-bind", str(file), inside)),
        *("--setenv", "PATH", f"{node.parent}:/usr/bin:/bin", "--setenv", "HOME", "/tmp"),
    ]


def run(folder: Path, place: Path) -> list[Shown]:
    """Run one specimen in every environment; `place` is a scratch folder."""
    specimen = read(folder)
    # The default host is also tried as an explicit gateway: naming it must change nothing.
    gateways = (*GATEWAYS, specimen["default_host"])
    hosts = [host for host in gateways if host != UNSET]
    _certificate(place / "certificate.pem", hosts)
    (place / "hosts").write_text("".join(f"127.0.0.1 {host}\n" for host in hosts))
    (place / "nsswitch.conf").write_text("hosts: files\n")
    points = list(product(ZONES, gateways, CHANCES))
    environments = [
        {
            "TZ": zone,
            "STILL_CHANCE": chance,
            "NODE_OPTIONS": "--require=/still.cjs",
            "NODE_EXTRA_CA_CERTS": "/certificate.pem",
            specimen["key_env"]: "sk-fake-0000",
        }
        | ({} if host == UNSET else {specimen["base_url_env"]: f"https://{host}"})
        for zone, host, chance in points
    ]
    command = [part.replace("{prompt}", "Run `ls`.") for part in specimen["command"]]
    binds = {
        "/etc/hosts": place / "hosts",
        "/etc/nsswitch.conf": place / "nsswitch.conf",
        "/certificate.pem": place / "certificate.pem",
        "/sealed.py": HERE / "sealed.py",
        "/still.cjs": HERE / "still.cjs",
        "/server": SPECIMENS / "server",
        "/specimen": folder,
    }
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    done = subprocess.run(
        [*sandbox(binds), "--chdir", "/specimen", str(python), "/sealed.py"],
        input=json.dumps({"command": command, "environments": environments}),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [
        _shown({"timezone": zone, "base-url-host": host}, chance, result)
        for (zone, host, chance), result in zip(points, json.loads(done.stdout), strict=True)
    ]


def _shown(levels: dict[str, str], chance: str, result: dict) -> Shown:
    bodies = tuple(base64.b64decode(request["body"]) for request in result["requests"])
    headers = tuple(
        tuple(
            (name, value)
            for name, value in request["headers"]
            if name.lower() not in {"host", "content-length"}
        )
        for request in result["requests"]
    )
    return Shown(levels, chance, bodies, (headers, bodies), result["stdout"], result["stderr"])

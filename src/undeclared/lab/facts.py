"""What the agent of one run will find: a plain machine, and what the environment sets on it."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from undeclared.catalogue import BASE_URL, MODEL, AgentProfile, Setting
from undeclared.lab import hardware
from undeclared.lab.seal import NAMESERVER
from undeclared.model import Frozen

USER_ID = 1000
AUTHORITY = "/etc/ssl/certs/local-ca.pem"

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_OS_RELEASE = """\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
"""
_PLAIN_FILES = {
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "/etc/machine-id": "5f0c1b7e3d9a4c2f8b6e7a1d0c3f9e24\n",
    "/etc/shells": "/bin/sh\n/bin/bash\n",
    "/etc/os-release": _OS_RELEASE,
    # The machine's own names its disks.
    "/proc/cmdline": "BOOT_IMAGE=/boot/vmlinuz root=/dev/vda1 ro quiet\n",
}


class Facts(Frozen):
    """What one run's world shows, as far as an environment can decide it."""

    user: str
    hostname: str
    home: str
    repository: str
    """Absolute path of the repository, which the agent is started in."""
    zone: str
    git_remote: str | None
    git_branch: str
    variables: dict[str, str]
    """The whole environment of the agent; none of it is ours."""
    files: dict[str, str]
    """Texts by absolute path."""
    calls: dict[str, hardware.Result]
    """System calls that are answered in the kernel's place, by name."""
    authority: str
    """The file of our authority."""
    trusted: bool
    """Whether the system's store holds our authority."""
    clock: str | None
    """By how much the clock is off; None: it is the machine's own."""
    answers: tuple[str, ...]
    """Names of the sets of answers that servers other than the model give."""

    @property
    def overlooked(self) -> tuple[str, ...]:
        """Files of the environment in the repository: paths relative to it."""
        paths = (PurePosixPath(path) for path in self.files)
        return tuple(
            str(path.relative_to(self.repository))
            for path in paths
            if path.is_relative_to(self.repository)
        )


def gather(profile: AgentProfile, setting: Setting, programs: tuple[str, ...] = ()) -> Facts:
    """What an agent finds in an environment that sets `setting`.

    `programs` are folders for the front of PATH.
    """
    user = setting.user or "dev"
    home = (setting.home or "/home/{user}").replace("{user}", user)
    hostname = setting.hostname or "devbox"
    workspace = (setting.workspace or "~").replace("~", home, 1)
    repository = str(PurePosixPath(workspace) / (setting.repository or "project"))
    shell = setting.shell or "/bin/bash"
    told = {
        BASE_URL: _address(profile, setting, profile.default_host) or "",
        MODEL: setting.model or profile.default_model or "",
    }
    names = {
        "{user}": user, "{home}": home, "{hostname}": hostname, "{repository}": repository, **told,
    }  # fmt: skip
    variables: dict[str, str] = {
        "HOME": home,
        "USER": user,
        "LOGNAME": user,
        "PATH": ":".join([f"{home}/.local/bin", *programs, _SYSTEM_PATH]),
        "SHELL": shell,
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        **profile.env,
        **_of_profile(profile, setting),
    }
    for name, value in setting.env.items():
        if value is None:
            variables.pop(name, None)
        else:
            variables[name] = _named(value, names)
    files = _PLAIN_FILES | _names(user, home, shell, hostname) | _git(setting, home, user)
    files |= {"/etc/resolv.conf": _resolver(setting)} | hardware.files(setting)
    files |= {
        f"{home}/{path}": _named(text, told)
        for path, text in profile.files.items()
        if any(place in text for place in told)
    }
    for path, text in setting.files.items():
        files[_absolute(_named(path, names), home, repository)] = _named(text, names)
    return Facts(
        user=user,
        hostname=hostname,
        home=home,
        repository=repository,
        zone=setting.localtime or "Etc/UTC",
        git_remote=setting.git_remote,
        git_branch=setting.git_branch or "main",
        variables=variables,
        files=files,
        calls=hardware.calls(setting, hostname),
        authority=setting.authority or AUTHORITY,
        trusted=setting.trust != "none",
        clock=setting.clock,
        answers=tuple(f"{kind}/{name}" for kind, name in sorted(setting.answers.items())),
    )


def _of_profile(profile: AgentProfile, setting: Setting) -> dict[str, str]:
    """Variables whose names the agent's profile knows."""
    found: dict[str, str] = {}
    if setting.trust in (None, "variables"):
        found |= dict.fromkeys(profile.ca_env, setting.authority or AUTHORITY)
    if profile.key_env:
        found[profile.key_env] = setting.key or profile.key
    if profile.model_env and setting.model is not None:
        found[profile.model_env] = setting.model
    address = _address(profile, setting, profile.default_host if setting.plain_http else None)
    if profile.base_url_env and address:
        found[profile.base_url_env] = address
    if setting.opt_out is not None:
        found |= dict.fromkeys(
            (own.variable for own in profile.opt_outs if own.variable), setting.opt_out
        )
    return found


def _address(profile: AgentProfile, setting: Setting, otherwise: str | None) -> str | None:
    """The model's address that the environment gives, or that of the host `otherwise`."""
    host = setting.base_url_host or otherwise
    if host is None:
        return None
    address = profile.base_url.format(host=host)
    return address.replace("https://", "http://", 1) if setting.plain_http else address


def _named(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(name, value)
    return text


def _absolute(path: str, home: str, repository: str) -> str:
    top, _, rest = path.partition("/")
    return {"~": f"{home}/{rest}", ".": f"{repository}/{rest}"}.get(top, path)


def _names(user: str, home: str, shell: str, hostname: str) -> dict[str, str]:
    return {
        "/etc/passwd": (
            "root:x:0:0:root:/root:/bin/bash\n"
            f"{user}:x:{USER_ID}:{USER_ID}:{user.capitalize()}:{home}:{shell}\n"
            "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
        ),
        "/etc/group": f"root:x:0:\n{user}:x:{USER_ID}:\nnogroup:x:65534:\n",
        "/etc/hosts": f"127.0.0.1\tlocalhost\n127.0.1.1\t{hostname}\n::1\tlocalhost\n",
        "/etc/hostname": f"{hostname}\n",
    }


def _git(setting: Setting, home: str, user: str) -> dict[str, str]:
    name = setting.git_name or user.capitalize()
    email = setting.git_email or f"{user}@example.com"
    config = f"[user]\n\tname = {name}\n\temail = {email}\n[init]\n\tdefaultBranch = main\n"
    return {f"{home}/.gitconfig": config}


def _resolver(setting: Setting) -> str:
    search = f"search {setting.search}\n" if setting.search else ""
    return f"nameserver {setting.nameserver or NAMESERVER}\n{search}"

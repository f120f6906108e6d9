from pathlib import Path

from stage import make_profile

from undeclared.catalogue import Setting
from undeclared.lab import world
from undeclared.lab.facts import gather

MACHINE = world.Machine(
    folders=((Path("/lent/0"), "/usr"),),
    links=(("/bin", "usr/bin"),),
    zones=Path("/lent/zoneinfo"),
    share=None,
    runtimes=((Path("/custom/node"), "/opt/node"),),
    root=Path("/lent/agent"),
)
FOLDERS = world.Folders(
    home=Path("/space/home"),
    repository=Path("/space/home/project"),
    tmp=Path("/space/tmp"),
    shm=Path("/space/shm"),
    etc=Path("/space/etc"),
    binds=((Path("/space/file-1"), "/proc/version", False), (Path("/space/w"), "/code", True)),
)
PLAIN = gather(make_profile(), Setting())


def pairs(arguments, option):
    return [
        tuple(arguments[index + 1 : index + 3])
        for index, word in enumerate(arguments)
        if word == option
    ]


def test_only_the_folders_of_the_run_are_writable():
    arguments = world.sandbox(MACHINE, FOLDERS, PLAIN)
    assert pairs(arguments, "--bind") == [
        ("/space/shm", "/dev/shm"), ("/space/home", "/home/dev"), ("/space/tmp", "/tmp"),
        ("/space/w", "/code"),
    ]  # fmt: skip
    assert ("/lent/agent", "/opt/agent") in pairs(arguments, "--ro-bind")
    assert ("/space/file-1", "/proc/version") in pairs(arguments, "--ro-bind")
    assert ("usr/bin", "/bin") in pairs(arguments, "--symlink")
    assert arguments[-2:] == ["--chdir", "/home/dev/project"]
    last_mount = max(arguments.index("/proc/version"), arguments.index("/code"))
    assert last_mount < arguments.index("--remount-ro")
    # The agent must stay in the worker's network: one of its own would have no lab in it.
    assert "--unshare-net" not in arguments
    assert "--unshare-all" not in arguments


def test_a_machine_without_time_zones_gets_a_share_put_together():
    machine = MACHINE.model_copy(update={"share": ("doc", "git-core")})
    arguments = world.sandbox(machine, FOLDERS, PLAIN)
    binds = pairs(arguments, "--ro-bind")
    assert ("/lent/0/share/git-core", "/usr/share/git-core") in binds
    assert ("/lent/zoneinfo", "/usr/share/zoneinfo") in binds
    assert arguments.index("--tmpfs") < arguments.index("/usr/share/doc")


def test_runtimes_of_their_own_come_before_the_systems_on_the_path():
    path = gather(make_profile(), Setting(), MACHINE.programs).variables["PATH"]
    assert path.startswith("/home/dev/.local/bin:/opt/node/bin:/usr/local/sbin:")


def test_the_sandbox_follows_the_facts():
    setting = Setting(hostname="ci-7", home="/Users/{user}", user="ann", workspace="/code")
    arguments = world.sandbox(MACHINE, FOLDERS, gather(make_profile(), setting))
    assert arguments[arguments.index("--hostname") + 1] == "ci-7"
    assert ("/space/home", "/Users/ann") in pairs(arguments, "--bind")
    assert arguments[-2:] == ["--chdir", "/code/project"]

"""Knowledge as data: agents, signals, channels, scenarios. Adding one is a data change."""

from undeclared.catalogue.agent import (
    AgentProfile,
    Answer,
    Declaration,
    HostRole,
    OptOut,
    Program,
    Wire,
)
from undeclared.catalogue.canary import FAKE, SECRET, CanaryPlace, CanaryShape, CanarySpec
from undeclared.catalogue.channel import ChannelSpec, Pair
from undeclared.catalogue.document import CatalogueError
from undeclared.catalogue.entry import Examples
from undeclared.catalogue.loader import (
    agents,
    canaries,
    channels,
    common_answers,
    profile_from_file,
    scenarios,
    signals,
)
from undeclared.catalogue.scenario import Scenario, ToolCall, Turn
from undeclared.catalogue.setting import Setting
from undeclared.catalogue.signal import (
    ClashError,
    Level,
    Seen,
    SignalSpec,
    Topic,
    applicable,
    combine,
    usable_levels,
)
from undeclared.catalogue.vocabulary import Vocabulary

__all__ = [
    "FAKE",
    "SECRET",
    "AgentProfile",
    "Answer",
    "CanaryPlace",
    "CanaryShape",
    "CanarySpec",
    "CatalogueError",
    "ChannelSpec",
    "ClashError",
    "Declaration",
    "Examples",
    "HostRole",
    "Level",
    "OptOut",
    "Pair",
    "Program",
    "Scenario",
    "Seen",
    "Setting",
    "SignalSpec",
    "ToolCall",
    "Topic",
    "Turn",
    "Vocabulary",
    "Wire",
    "agents",
    "applicable",
    "canaries",
    "channels",
    "combine",
    "common_answers",
    "profile_from_file",
    "scenarios",
    "signals",
    "usable_levels",
]

"""Knowledge as data: agents, signals, channels, scenarios. Adding one is a data change."""

from undeclared.catalogue.agent import AgentProfile, Answer, Declaration, HostRole, Program, Wire
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
from undeclared.catalogue.signal import Level, Setting, SignalSpec
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
    "Declaration",
    "Examples",
    "HostRole",
    "Level",
    "Pair",
    "Program",
    "Scenario",
    "Setting",
    "SignalSpec",
    "ToolCall",
    "Turn",
    "Vocabulary",
    "Wire",
    "agents",
    "canaries",
    "channels",
    "common_answers",
    "profile_from_file",
    "scenarios",
    "signals",
]

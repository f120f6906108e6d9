"""Knowledge as data: agents, signals, channels, scenarios. Adding one is a data change."""

from undeclared.catalogue.agent import (
    BASE_URL,
    MODEL,
    AgentProfile,
    Answer,
    Declaration,
    HostRole,
    OptOut,
    Program,
    Wire,
)
from undeclared.catalogue.answers import AnswerSets, answers_to
from undeclared.catalogue.canary import FAKE, SECRET, CanaryPlace, CanaryShape, CanarySpec
from undeclared.catalogue.channel import ChannelSpec, Pair
from undeclared.catalogue.constant import ConstantKind
from undeclared.catalogue.content import ContentKind, Known, Thing
from undeclared.catalogue.decoder import Decoder, Method
from undeclared.catalogue.document import CatalogueError
from undeclared.catalogue.entry import Examples
from undeclared.catalogue.identity import Identities
from undeclared.catalogue.loader import (
    agents,
    answer_sets,
    canaries,
    channels,
    common_answers,
    constant_kinds,
    content_kinds,
    decoders,
    identities,
    profile_from_file,
    scenarios,
    signals,
    tool_kinds,
    troubles,
)
from undeclared.catalogue.placeholder import fill
from undeclared.catalogue.reads import Reads
from undeclared.catalogue.scenario import Fault, Scenario, ToolCall, Turn, Wanted
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
from undeclared.catalogue.synonyms import are_synonyms
from undeclared.catalogue.text import TextModel, text_model
from undeclared.catalogue.tool import Form, Offer, ToolKind
from undeclared.catalogue.trouble import Trouble
from undeclared.catalogue.vocabulary import Vocabulary

__all__ = [
    "BASE_URL",
    "FAKE",
    "MODEL",
    "SECRET",
    "AgentProfile",
    "Answer",
    "AnswerSets",
    "CanaryPlace",
    "CanaryShape",
    "CanarySpec",
    "CatalogueError",
    "ChannelSpec",
    "ClashError",
    "ConstantKind",
    "ContentKind",
    "Declaration",
    "Decoder",
    "Examples",
    "Fault",
    "Form",
    "HostRole",
    "Identities",
    "Known",
    "Level",
    "Method",
    "Offer",
    "OptOut",
    "Pair",
    "Program",
    "Reads",
    "Scenario",
    "Seen",
    "Setting",
    "SignalSpec",
    "TextModel",
    "Thing",
    "ToolCall",
    "ToolKind",
    "Topic",
    "Trouble",
    "Turn",
    "Vocabulary",
    "Wanted",
    "Wire",
    "agents",
    "answer_sets",
    "answers_to",
    "applicable",
    "are_synonyms",
    "canaries",
    "channels",
    "combine",
    "common_answers",
    "constant_kinds",
    "content_kinds",
    "decoders",
    "fill",
    "identities",
    "profile_from_file",
    "scenarios",
    "signals",
    "text_model",
    "tool_kinds",
    "troubles",
    "usable_levels",
]

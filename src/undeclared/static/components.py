"""Known libraries that send by themselves, recognised by texts that survive minification."""

from functools import cache, partial

from undeclared.catalogue.component import ComponentSpec
from undeclared.catalogue.loader import components as known
from undeclared.model.code import Component, Region, SourceFile
from undeclared.static.excerpt import region
from undeclared.static.search import Search, find

MAX_PLACES = 1_000
MAX_ALSO = 8


def components(file: SourceFile, search: Search | None = None) -> list[Component]:
    """The libraries whose code is in a file, in the order of their first places.

    `search` finds texts in this file.
    """
    texts = component_texts()
    places: dict[bytes, list[int]] = {}
    for number, offset in (search or partial(find, file.data))(texts):
        found = places.setdefault(texts[number], [])
        if len(found) < MAX_PLACES:
            found.append(offset)
    seen = [own for spec in known().values() if (own := _component(file, spec, places))]
    return sorted(seen, key=lambda own: own.region.start)


def _component(
    file: SourceFile, spec: ComponentSpec, places: dict[bytes, list[int]]
) -> Component | None:
    alone = [text.encode() for text in spec.markers if text.encode() in places]
    together = [text.encode() for text in spec.together if text.encode() in places]
    if not alone and len(together) < 2:
        return None
    spans = sorted(
        (offset, offset + len(text)) for text in alone or together for offset in places[text]
    )
    (start, end), *more = spans
    return Component(
        name=spec.name,
        role=spec.role,
        region=region(file, start, end),
        also_at=tuple(Region(path=file.path, start=a, end=b) for a, b in more[:MAX_ALSO]),
        places=len(spans),
    )


@cache
def component_texts() -> tuple[bytes, ...]:
    """The texts that tell libraries."""
    specs = known().values()
    return tuple(
        dict.fromkeys(text.encode() for spec in specs for text in (*spec.markers, *spec.together))
    )

"""The records of an XML text, one element after the other: no entity is expanded, nothing outside is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kg.read.head import Head
from kg.read.text_input import RecordBytes, TextInput
from schemas.errors import InputError, RecordError, one_line

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DEPTH = 100  # deeper than any record
# "*+" and "(?>": what stands before the root is taken in one way only; otherwise many comments take for ever.
_ROOT = re.compile(r"(?:(?><\?.*?\?>)|(?><!--.*?-->)|<!DOCTYPE[^>\[]*+(?:\[[^\]]*\])?\s*+>|\s)*+<([\w:.-]+)([^>]*)>", re.DOTALL)


def root_of(head: Head) -> tuple[str, str]:
    """(name, attributes as they stand) of an XML text's outermost element; empty for any other text."""
    match = _ROOT.match(head.text) if head.text.startswith("<") else None
    return (match[1], match[2]) if match else ("", "")


def elements(text: TextInput, *names: str) -> Iterator[Element | RecordError]:
    """Every element called one of `names` (without name space), complete, in order; it is emptied when the next is asked for.

    After a syntax error nothing more can be read: its RecordError is the last item. Raises InputError for an XML text that
    declares entities, or that is deeper or larger than lists of papers are.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    stream, open_elements = _Pieces(text), list["Element"]()
    try:
        for event, element in iterparse(stream, events=("start", "end")):
            if event == "start":
                open_elements.append(element)
                if len(open_elements) > _DEPTH:
                    raise InputError(text.source.name, f"XML elements nested deeper than {_DEPTH}, as no list of papers has them")
                continue
            open_elements.pop()
            if local_name(element) in names:
                stream.start_record()
                yield element
                element.clear()
            if len(open_elements) == 1 and not any(local_name(element) in names for element in open_elements):
                open_elements[0].remove(element)
    except ParseError as error:
        yield RecordError(text.source.name, error.position[0], "not valid XML from here on", str(error).partition(":")[0])
    except DefusedXmlException as error:
        raise InputError(text.source.name, f"XML that declares entities is not read ({type(error).__name__})") from error
    except (LookupError, ValueError) as error:  # an encoding that is not known
        raise InputError(text.source.name, f"cannot be read as XML: {one_line(str(error))}") from error


class _Pieces(RecordBytes):
    """Pieces that grow with the record: a parser that is given half a tag begins it anew with the next piece."""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, more than `size` inside a long record; raises InputError when the record is too long."""
        return super().read(max(size, self.n_bytes) if size > 0 else size)


def local_name(element: Element) -> str:
    """The name of an element without its name space."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, *path: str) -> list[Element]:
    """The elements that a path of local names leads to."""
    found = [element]
    for name in path:
        found = [child for parent in found for child in parent if local_name(child) == name]
    return found


def text_of(element: Element, *path: str) -> str:
    """All text in the first element that `path` leads to, on one line; "" without one."""
    return next((" ".join("".join(found.itertext()).split()) for found in children(element, *path)), "")

"""The documentation site: its pages that stand elsewhere in the project, and the links that lead to them.

The repository and the site show the same files. The README is the site's first page; the other pages of the project's folder,
the licence and the model card have a page of their own in the site. A link to anything else outside of docs/, such as a
file of the code, is plain text in the site.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel

ROOT = Path(__file__).parent.parent
IN_NAVIGATION = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "kg/extract/models/MODEL_CARD.md": "model-card.md"}
ELSEWHERE = {
    **{page.name: page.name.lower() for page in ROOT.glob("*.md")},
    **{name: f"{name}.txt" for name in ("LICENSE", "NOTICE")},
    **IN_NAVIGATION,
}
_LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\[\]]*)\]\((?P<target>[^)#\s:]+)(?P<anchor>#[^)\s]*)?\)")
_LOADED = re.compile(
    r"<(?:script|img|iframe|source)[^>]*\ssrc=[\"']?(?:https?:)?//|<link(?![^>]*rel=[\"']?canonical)[^>]*\shref=[\"']?(?:https?:)?//"
)
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from elsewhere."""
    for place, page in ELSEWHERE.items():
        text = (ROOT / place).read_text("utf-8")
        content = linked(text, place) if place.endswith(".md") else text
        inclusion = InclusionLevel.UNDEFINED if place in IN_NAVIGATION else InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, page, content=content, inclusion=inclusion))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links out of docs/ into links to pages of the site."""
    return markdown if page.file.generated_by else linked(markdown, f"docs/{page.file.src_uri}")


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Refuse a page that would load anything from elsewhere."""
    loaded = _LOADED.search(output)
    if loaded:
        raise PluginError(f"{page.file.src_uri}: would load something from elsewhere: {loaded.group()}")
    return output


def linked(text: str, place: str) -> str:
    """`text` of the file `place`, with links as the site has them; code stays as it is."""
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [_LINK.sub(lambda link: _in_site(link, place), text[end : code.start()]), code.group()]
        end = code.end()
    return "".join([*parts, _LINK.sub(lambda link: _in_site(link, place), text[end:])])


def _in_site(link: re.Match[str], place: str) -> str:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(place), link["target"]))
    page = ELSEWHERE.get(target) or (target.removeprefix("docs/") if target.startswith("docs/") else None)
    return f"{link['picture']}[{link['text']}]({page}{link['anchor'] or ''})" if page else link["text"]

"""Drawings put inside the page: no outside references, no clash of names, ink that follows it."""

import re

from markupsafe import Markup, escape

INK = "#010203"  # drawn in this colour, shown in that of the text around it
_LEFT_OUT = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL
)
_NAMESPACE = re.compile(
    r"\s+(?:xmlns(?::\w+)?|xml:space|version|baseProfile)=(?:'[^']*'|\"[^\"]*\")"
)
_ROOT_SIZE = re.compile(r"(<svg\b[^>]*?)\s+width=(['\"])[^'\"]*\2\s+height=(['\"])[^'\"]*\3")


def inline(drawing: str, name: str, alt: str) -> Markup:
    """Return SVG that may stand in a page beside others.

    Args:
        drawing: SVG made here by matplotlib or RDKit.
        name: Distinct in the page; put before every id.
        alt: What a person hears who cannot see it.
    """
    text = _NAMESPACE.sub("", _LEFT_OUT.sub("", drawing)).replace("xlink:href", "href")
    text = re.sub(r"\bid=(['\"])(.*?)\1", rf'id="{name}-\2"', text)
    text = re.sub(r"\bhref=(['\"])#(.*?)\1", rf'href="#{name}-\2"', text)
    text = text.replace("url(#", f"url(#{name}-")
    text = re.sub(f"{INK}|#000000", "currentColor", text)
    text = _ROOT_SIZE.sub(r"\1", text)
    label = f'<svg role="img" aria-label="{escape(alt)}" '
    return Markup(text.strip().replace("<svg ", label, 1))

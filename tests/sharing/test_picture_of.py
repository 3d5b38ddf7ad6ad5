"""Screens as SVG: whatever stands on them is text of a picture that runs and fetches nothing."""

from xml.etree import ElementTree

from hostile import HOSTILE
from rich.segment import Segment
from rich.style import Style

from sigma_tui.look.text import visible
from sigma_tui.sharing.picture import picture_of

MORE = ("<script>alert(1)</script>", "</text><a href='javascript:x'>", "&lt;&#0;", "]]>", '"\'><b>',
        "<!--", "{{x}}", "$code")  # fmt: skip


def test_titles_in_a_picture_are_text_and_nothing_else() -> None:
    titles = [visible(title)[:90] for title in (*HOSTILE, *MORE)]
    style = Style(color="red", link="javascript:alert(1)")
    picture = picture_of([[Segment(title, style)] for title in titles], 100, titles[10])
    whole = ElementTree.fromstring(picture)
    tags = {element.tag.split("}")[1] for element in whole.iter()}
    assert tags <= {"svg", "style", "defs", "clipPath", "rect", "g", "circle", "text"}
    for element in whole.iter():
        styles = element.text or "" if element.tag.endswith("style") else ""
        assert "@import" not in styles and "url(" not in styles
        for name, value in element.attrib.items():
            assert not name.startswith("on") and "href" not in name, name
            assert "script:" not in value and value.replace("url(#", "").count("url(") == 0, value
    shown = "".join(whole.itertext()).replace("\xa0", " ")
    for title in titles:
        assert title.replace(" ", "") in shown.replace(" ", ""), ascii(title)

"""Strips whose caches are made when they are first asked for draw what Textual's own draw."""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sigma_tui.look.light_strips import CACHES, OWN, lighten

PARTS = [Segment("wide 漢字 "), Segment("bold", Style(bold=True)), Segment(" e\u0301nd")]


def drawn(strip: Strip) -> list[object]:
    """What every operation that keeps a result gives, asked twice."""
    found: list[object] = []
    for _ in range(2):
        found += [list(part) for part in strip.divide([3, 7, 11])]
        found += [list(strip.crop(2, 9)), list(strip.crop_extend(2, 30, None))]
        found += [list(strip.apply_style(Style(color="red"))), list(strip.adjust_cell_length(30))]
        found += [list(strip.apply_offsets(2, 3)), strip.cell_length, strip.text, strip.link_ids]
    return found


def test_light_strips_draw_the_same_and_keep_it(monkeypatch) -> None:
    with monkeypatch.context() as undone:
        undone.delattr(Strip, "__getattr__", raising=False)
        from sigma_tui.look import light_strips

        original = light_strips.ORIGINAL
        undone.setattr(Strip, "__init__", original)
        expected = drawn(Strip(PARTS))
    lighten()
    assert Strip.__init__ is not original, "this Textual's strips hold something else"
    strip = Strip(PARTS)
    assert drawn(strip) == expected
    assert strip.divide([3, 7]) is strip.divide([3, 7])
    assert strip.crop(2, 9) is strip.crop(2, 9)
    fresh = Strip(PARTS)
    assert not any(_filled(fresh, name) for name in CACHES), "nothing is made before it is used"
    assert frozenset(Strip.__slots__) == OWN | CACHES.keys()


def _filled(strip: Strip, name: str) -> bool:
    try:
        Strip.__dict__[name].__get__(strip)
    except AttributeError:
        return False
    return True

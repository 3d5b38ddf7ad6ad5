"""Titles that would harm a screen or a file if they were more than text."""

HOSTILE = (
    "[REC]",
    "Foo [/",
    "[@click=app.quit]x[/]",
    "\x1b[31mred\x1b]52;c;AAAA\x07",
    "七人の侍 Seven Samurai",
    "👩‍👩‍👧 family 🎬",
    "x" * 300,
    "\u202egnp.exe",
    "a\x00b\r\nc\td",
    "[bold red]loud[/bold red]",
)

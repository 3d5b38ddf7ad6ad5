"""``python -m sigma_tui``: the executable without its name, as the app starts it."""

from sigma_tui.main import run

run()

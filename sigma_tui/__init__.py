"""The terminal app and its commands."""

import os

__version__ = "0.1.0"

# Textual paints to a beat, 60 a second by default, and leaves one out when it comes late: what is
# found in 20 ms is seen after 45, and after 27 at this one. It is read when Textual is imported.
os.environ.setdefault("TEXTUAL_FPS", "120")

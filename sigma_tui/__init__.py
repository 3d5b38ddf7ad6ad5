"""The terminal app and its commands."""

import os

__version__ = "0.1.0"

# Textual paints to a beat, 60 a second by default, and leaves one out when it comes late: what is
# found in 20 ms is seen after 45, and after 27 at this one. It is read when Textual is imported.
os.environ.setdefault("TEXTUAL_FPS", "120")

# Threads of a matrix product wait for each other by spinning, by default so long that a second busy
# program makes training on all cores five to ten times slower. At this count it loses half its
# speed instead, and nothing on a machine of its own. Read when torch is imported; GNU OpenMP alone
# knows it.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")

"""What stays from one session to the next: settings, places, edits."""

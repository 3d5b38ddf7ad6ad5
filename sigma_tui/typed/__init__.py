"""What people type: labels of items, edits, settings, paths."""

"""Commands of the `sigma-tui` executable, one file a group."""

"""A run and its dataset in one file, to be opened on another machine."""

"""What people show to others: an analysis as plain records, and one small writer per format.

Here and not in the engine, because it says things as people read them: control characters made
visible, the options of the command line, the names of files.
"""

"""What the program tells of itself afterwards: a log, and a report of what should not have been."""

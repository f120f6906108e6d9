"""What a program's code reads, hides and compares, found without running it."""

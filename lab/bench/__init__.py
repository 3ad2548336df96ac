"""The bench: measures labs beside what they are made of, in pairs, and says on a page what was found."""

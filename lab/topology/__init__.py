"""From the text of a topology to its model: reading, checking, and telling all problems at once."""

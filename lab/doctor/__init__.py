"""The doctor: looks at everything that labs need, and says how each thing is and what helps."""

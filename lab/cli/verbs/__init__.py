"""What the verbs of the command line do, one room for each group of them."""

"""Reports for a district's board: counted now and then, read at once, nobody in them to be recognized."""

"""Labels in and out as files: rows of any spelling in, one spelling out, and the gold set for other tools."""

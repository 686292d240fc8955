"""One file for each ratio; `make ratios` runs all and writes the table."""

"""Documents in: readers -> layout -> grammar -> a parsed plan -> (elsewhere) preview and apply."""

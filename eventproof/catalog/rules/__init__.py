"""The rules of the catalog: one file a rule, whose docstring is its help everywhere."""

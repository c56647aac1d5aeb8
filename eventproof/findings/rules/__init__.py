"""The rules about suppressions: one file a rule, whose docstring is its help everywhere."""

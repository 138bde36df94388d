"""How well raters agree, whoever they are: arrays in, a coefficient with its interval out.

One coefficient per file. Each takes ratings and, where the items come from a sample, its `Design`.
"""

"""Colours and marks of charts: told apart by colour-blind readers, and against a white and a dark page alike.

Hues after Okabe and Ito 2008 ("Color Universal Design"), darkened or lightened until each has a contrast of at least
3 : 1 with white and with #0e1117 (WCAG 2.2, 1.4.11). The mark differs too, so colour is never alone.
"""

COLOURS = ("#2f7fc1", "#d55e00", "#009e73", "#b565a7", "#b07d00", "#3a93bd", "#7f7f7f", "#c2546b")
MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "triangle-down")
DASHES = ("solid", "dash", "dot", "dashdot", "solid", "dash", "dot", "dashdot")
PATTERNS = ("", "/", "x", ".", "\\", "-", "+", "|")

MOST_SERIES = len(COLOURS)
"""Lines of one chart at most: more cannot be told apart."""

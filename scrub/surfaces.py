"""What people call the places that text comes from, and how text of each is searched."""

from scrub.recognisers import TextKind

SURFACES = {"prose": TextKind.PROSE, "tool": TextKind.DATA, "document": TextKind.DATA, "json": TextKind.DATA}
"""Words of users and assistants are searched strictly; tools, documents and JSON hold too many names of products."""

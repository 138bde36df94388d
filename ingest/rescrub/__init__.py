"""What the lake holds, looked at again with the present rules: what they find now, rewritten, and how often that is."""

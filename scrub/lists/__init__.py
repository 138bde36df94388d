"""Packed lists of names, words and places; `build.py` makes them, NOTICE says where they are from."""

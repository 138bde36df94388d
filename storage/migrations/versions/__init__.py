"""Changes of the ledger, in order. One that has landed is never edited."""

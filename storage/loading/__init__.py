"""From the lake's files to the warehouse's rows."""

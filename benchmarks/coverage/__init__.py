"""Do the intervals on screen hold what they promise? Weeks of traffic are simulated and labelled many times."""

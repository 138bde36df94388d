"""Judge calibration: how a judge's scores relate to people's labels, and the correction that follows."""

"""The pure part: values in, values out, `now` an argument. No clock, network, database or framework."""

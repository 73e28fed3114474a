"""How much the tests notice: small faults are put into the core, one at a time, and the tests have to fail on each."""

"""How much the tests notice: small faults are put into the core, one at a time, and the tests have to fail on each.

`population` says which faults there are, `deletion` adds two kinds, `told` finds those of an earlier run again; `trial`
tries them, from the process that `__main__` is.

`loaded` is the other process, which has the tests loaded and answers: `reach` finds out who comes to which line,
`graft` puts a fault into what is loaded, and `fork` keeps it from staying.
"""

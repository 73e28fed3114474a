"""What Zoom sends us, from the bytes on the wire to an event.

A delivery comes in at the `door` (or by Flask's `route`), and `receiver` decides about it: `signature` proves who sent
it, `challenge` answers Zoom's own question, `inbox` stores it once. `wire` reads later, from the inbox, what it says;
`leave_reason` what its texts mean.
"""

"""What Zoom sends us, from the bytes on the wire to an event.

A delivery comes in at the `door` (or by Flask's `route`), and `receiver` decides about it: `signature` proves who sent
it, `challenge` answers Zoom's own question, `inbox` stores it once, `tally` counts it. `wire`, with the modules that
begin like it, reads later, from the inbox, what it says; `leave_reason` and `equipment` what its texts mean.

From others than Zoom: `twilio` (what became of text messages, and answers), `unsubscribe` (one click in a mail
program).
"""

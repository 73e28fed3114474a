"""The pure part: values in, values out, `now` an argument. No clock, network, database or framework.

The way to a verdict and to what follows from it; a module looks only at those that stand before
it (`policy` alone gathers the limits of all):

what is expected        appointment, policy
words of a verdict      interval, horizon, wording, assessment, facet
what was told           event, identity, crowd, lobby, booking, report
the meeting as it ran   instance, stay, visit, timeline
somebody's presence     waiting, piece, departure, attendance, presence
the account around it   schedule, feed, subscription, hearing, sighting, platform, surroundings, blindness
whose visits they are   guest, owner, neighbour, likeness, beside
what people share       common_drop, ending_drop, co_leader
the room                room, unpeopled, furnishing
what is asked of it     heard, leading, elsewhere
one person's case       belonging, case, attempt, arrival, stranger, session_before
what rules found        rules, attribution
the verdict             verdict, sign, absence, partial, holding, certainty, judgement, program_day
what follows            action, live, support, decision, deadline

What is made of it besides:

told to people          result, witness, narrative, difference, standing, hour, week
a ticket                trace, incident, trouble, ticket, resolution, override
another time            slot, seat, asked_time, hold, offer, approval
a message               message, bounce
make-up work            makeup, makeup_item
"""

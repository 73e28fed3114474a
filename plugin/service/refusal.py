"""How a person's decision can fail to be carried out."""


class Conflict(Exception):
    """Somebody else changed the same thing a moment ago; look again and decide again."""


class Refused(Exception):
    """A rule stands against it; the message is a sentence for the person who asked."""

"""The rules: each one looks at a case and says what it found. The first line of a rule's docstring is what staff read.

A rule that hits may explain lost time (`explains`) and so lay it to somebody's or something's door. The table is read
from top to bottom: a minute belongs to the first rule that explains it; what no rule explains is absence.
To add a rule: write it in the module of its subject, put it into the table, add its stories.
"""

from __future__ import annotations

from plugin.core.assessment import Cause, Flag
from plugin.core.rules import course, doubt, provider, technical
from plugin.core.rules.rule import Answer, Rule

RULES: tuple[Rule, ...] = (
    Rule("removed-by-host", provider.removed_by_host, Flag.REMOVED_BY_HOST, Cause.PROVIDER),
    Rule("kept-waiting", provider.kept_waiting, Flag.WAITED, Cause.PROVIDER),
    Rule("never-admitted", provider.never_admitted, Flag.NEVER_ADMITTED),
    Rule("host-dropped", course.host_dropped, Flag.HOST_DROPPED, Cause.TECHNICAL),
    Rule("meeting-ended-for-them", provider.meeting_ended_for_them, None, Cause.PROVIDER),
    Rule("platform-incident", technical.platform_incident, Flag.PLATFORM_INCIDENT, Cause.TECHNICAL),
    Rule("group-drop", technical.group_drop, Flag.GROUP_DROP, Cause.TECHNICAL),
    Rule("connection-broke", technical.connection_broke, None, Cause.TECHNICAL),
    Rule("quick-return", technical.quick_return, None, Cause.TECHNICAL),
    Rule("failed-tries", technical.failed_tries, None, Cause.TECHNICAL),
    Rule("wrong-meeting", technical.wrong_meeting, Flag.WRONG_MEETING, Cause.TECHNICAL),
    Rule("tried-to-join", technical.tried_to_join, Flag.TRIED_TO_JOIN, Cause.TECHNICAL),
    Rule("trouble-reported", technical.trouble_reported, Flag.TROUBLE_REPORTED, Cause.TECHNICAL),
    Rule("reason-not-understood", technical.reason_not_understood, None, Cause.TECHNICAL),
    Rule("late", course.late, Flag.LATE),
    Rule("left-early", course.left_early, Flag.LEFT_EARLY),
    Rule("interrupted", course.interrupted, Flag.INTERRUPTED),
    Rule("dropped", course.dropped, Flag.DROPPED),
    Rule("notice-given", course.notice_given, Flag.NOTICE_GIVEN),
    Rule("presence-claimed", course.presence_claimed),
    Rule("matched-by-name", doubt.matched_by_name, Flag.MATCHED_BY_NAME),
    Rule("joined-by-phone", doubt.joined_by_phone, Flag.JOINED_BY_PHONE),
    Rule("ambiguous-name", doubt.ambiguous_name, Flag.AMBIGUOUS_NAME),
    Rule("unidentified-guest", doubt.unidentified_guest, Flag.UNIDENTIFIED_GUEST),
    Rule("inferred-start", doubt.inferred_start, Flag.INFERRED_START),
    Rule("inferred-end", doubt.inferred_end, Flag.INFERRED_END),
)

__all__ = ["RULES", "Answer", "Rule"]

"""Messages in the words of the person who reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.message import ANNOUNCES, Channel, Step
from plugin.service.wording import Reader, fields, languages, texts, write

MARCH = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
KNOWN = {"link", "way_in", "when", "time", "times"}
# What the session is, what the program is, what anybody has: none of it may stand in a message, in any language.
TELLING = re.compile(
    r"\b(therap|counsel|treat|recover|addict|depress|anxi|psych|mental|health|clinic|patient|diagnos|medic|symptom|"
    r"group|family|individual|workshop|education|case manage|session|program|iop|outpatient|absen|no-show|missed|"
    r"terap|consejer|tratam|recuper|adicci|depresi|ansied|psic|salud|clínic|pacient|médic|síntoma|"
    r"grupo|familia|individual|taller|educa|sesi|programa|ausen|faltó)",
    re.IGNORECASE,
)
VALUES = {
    "starts_at": MARCH, "times": [MARCH, MARCH + timedelta(days=1)], "link": "https://rejoin.invalid/a/x",
    "way_in": "https://rejoin.invalid/j/x",
}  # fmt: skip


def test_there_is_english_and_spanish():
    assert languages() == ("en", "es")


@pytest.mark.parametrize("language", languages())
class TestEveryLanguage:
    """What holds in each of them."""

    @pytest.mark.parametrize("step", Step)
    def test_every_step_has_a_subject_a_mail_and_a_text_message(self, language, step):
        words = texts(language)[step.value]
        assert set(words) == {"subject", "email", "sms"}
        assert all(text.strip() for text in words.values())

    def test_there_is_no_text_that_no_step_asks_for(self, language):
        said = {name for name, part in texts(language).items() if isinstance(part, dict)}
        assert said == set(Step)

    @pytest.mark.parametrize("step", Step)
    def test_what_is_left_open_is_known_and_the_same_as_in_english(self, language, step):
        for channel in ("subject", "email", "sms"):
            left_open = fields(texts(language)[step.value][channel])
            assert left_open <= KNOWN
            assert left_open == fields(texts("en")[step.value][channel])

    def test_a_subject_leaves_nothing_open(self, language):
        assert not any(fields(texts(language)[step.value]["subject"]) for step in Step)

    def test_nothing_says_what_it_is_about(self, language):
        written = texts(language)
        said = [written["title"], written["less"], written["cannot"]]
        said += [text for step in Step for text in written[step.value].values()]
        assert not [text for text in said if TELLING.search(text)]

    @pytest.mark.parametrize("channel", Channel)
    def test_what_announces_an_appointment_says_where_to_tell_that_they_cannot_come(self, language, channel):
        at = "https://rejoin.invalid/n/x"
        for step in ANNOUNCES:
            said = write(step, channel, Reader(language), VALUES | {"notice": at}, "https://rejoin.invalid/p/x").body
            assert said.count(at) == 1
            assert at not in write(step, channel, Reader(language), VALUES).body

    @pytest.mark.parametrize("step", Step)
    def test_everything_can_be_written(self, language, step):
        reader = Reader(language, "America/New_York")
        mail = write(step, Channel.EMAIL, reader, VALUES, "https://rejoin.invalid/p/x")
        text = write(step, Channel.SMS, reader, VALUES)
        assert mail.body.count("https://rejoin.invalid/p/x") == 1
        assert "{" not in mail.subject + mail.body + text.body
        assert text.subject == ""
        assert "\u202f" not in mail.body + text.body
        assert len(text.body) < 1000  # Twilio takes 1600; a signed link needs some


@pytest.mark.parametrize(
    ("language", "zone", "told"),
    [
        ("", "America/New_York", "Tuesday, March 3, 10:00 AM EST"),
        ("en", "America/Los_Angeles", "Tuesday, March 3, 7:00 AM PST"),
        ("en-GB", "Europe/London", "Tuesday, March 3, 15:00 GMT"),
        ("es", "America/New_York", "martes 3 de marzo, 10:00 a.m. EST"),
        ("es-MX", "America/Mexico_City", "martes 3 de marzo, 9:00 a.m. CST"),
        ("es-ES", "Europe/Madrid", "martes 3 de marzo, 16:00 CET"),
        ("ES_es", "Europe/Madrid", "martes 3 de marzo, 16:00 CET"),
        ("es-419", "America/Sao_Paulo", "martes 3 de marzo, 12:00 p.m. UTC-3"),
        ("es-Nowhere", "Asia/Kolkata", "martes 3 de marzo, 8:30 p.m. IST"),
        ("fr", "America/New_York", "Tuesday, March 3, 10:00 AM EST"),
        ("zh-Hant", "UTC", "Tuesday, March 3, 3:00 PM UTC"),
    ],
)
def test_day_and_time_are_told_in_their_zone_and_by_the_customs_of_their_country(language, zone, told):
    assert Reader(language, zone).day_and_time(MARCH) == told


def test_zone_is_told_as_it_is_called_on_that_day():
    reader = Reader("es", "America/New_York")
    assert reader.clock_time(datetime(2026, 3, 8, 6, 59, tzinfo=UTC)) == "1:59 a.m. EST"
    assert reader.clock_time(datetime(2026, 3, 8, 7, 0, tzinfo=UTC)) == "3:00 a.m. EDT"

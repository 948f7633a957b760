"""The topics' files say what architecture.md decided."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from contracts.topics import FOLDER, TOPICS, Topic

ALL = {"intake", "cases", "directory", "notifications"}


@pytest.mark.parametrize(
    ("topic", "writers", "consumers", "kept", "cleanup"),
    [
        ("intake-events", {"intake"}, {"cases", "notifications"}, 90, "delete"),
        ("cases-events", {"cases"}, {"intake", "directory", "notifications"}, 90, "delete"),
        ("intake-people", {"intake", "cases"}, {"intake", "cases", "notifications"}, 90, "delete"),
        ("directory-partners", {"directory"}, ALL, None, "compact"),
        ("directory-events", {"directory"}, {"notifications"}, 90, "delete"),
        ("directory-registrations", {"directory"}, {"notifications"}, 30, "delete"),
        ("notifications-events", {"notifications"}, {"cases", "notifications"}, 30, "delete"),
        ("partner-requests", {"partners"}, {"intake"}, 30, "delete"),
        ("child-concern", {"intake", "cases"}, {"cases"}, 30, "delete"),
        ("person-keys", {"intake", "cases", "directory"}, ALL, None, "compact"),
        ("person-events", ALL, ALL, None, "delete"),
        ("sessions", ALL, ALL, 1, "delete"),
    ],
)
def test_who_writes_who_reads_how_long_it_is_kept(
    topic: str, writers: set[str], consumers: set[str], kept: int | None, cleanup: str
) -> None:
    found = TOPICS[topic]
    assert (set(found.writers), set(found.consumers)) == (writers, consumers)
    assert found.retention == (None if kept is None else timedelta(days=kept))
    assert found.cleanup == cleanup


def test_every_topic_has_its_file_and_every_file_its_topic() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(TOPICS)
    assert len(TOPICS) == 12


def test_only_worries_about_a_child_are_restricted() -> None:
    assert [topic.topic for topic in TOPICS.values() if topic.restricted] == ["child-concern"]


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.topic)
def test_the_owner_writes_or_validates_what_it_answers_for(topic: Topic) -> None:
    assert topic.owner in {*topic.writers, *topic.consumers}


@pytest.mark.parametrize(
    "wrong",
    [
        {"partitions": 0},
        {"retention": "90 days"},
        {"cleanup": "both"},
        {"writers": ["stranger"]},
        {"colour": "red"},
    ],
)
def test_a_wrong_file_is_refused(wrong: dict[str, object]) -> None:
    good = TOPICS["intake-events"].model_dump()
    Topic.model_validate(good)
    with pytest.raises(ValidationError):
        Topic.model_validate(good | wrong)

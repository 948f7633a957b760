"""The list of metrics."""

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from chassis.observability import metrics

LISTED = [value for value in vars(metrics).values() if isinstance(value, Counter | Gauge | Histogram)]
PERSONAL = {"name", "person", "email", "phone", "path", "address", "reference", "case_id", "request_id", "subject"}


def test_every_metric_says_what_it_counts_and_names_no_one() -> None:
    assert len(LISTED) > 20
    for metric in LISTED:
        (family,) = metric.describe()
        assert family.name.startswith("maillage_")
        assert len(family.documentation) > 10
        assert not PERSONAL & set(metric._labelnames)


def test_prometheus_can_read_them() -> None:
    names = {family.name for family in text_string_to_metric_families(metrics.exposition().decode())}
    assert "maillage_outbox_rows" in names

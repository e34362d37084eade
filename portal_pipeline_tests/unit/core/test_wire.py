"""JSON keeps every digit; hashes follow meaning, not form."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_pipeline.core.wire import _dump_exactly, content_hash, dump_json, load_json

AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15))


@given(AMOUNTS)
def test_no_digit_of_an_amount_is_lost_on_the_wire(amount):
    assert load_json(dump_json({"total": amount}))["total"] == amount


@given(st.dictionaries(st.text(max_size=5), AMOUNTS, max_size=5))
def test_the_hash_depends_on_values_and_not_on_key_order_or_trailing_zeros(payload):
    padded = {key: payload[key] + Decimal("0.000000000") for key in reversed(list(payload))}
    assert content_hash(payload) == content_hash(padded)


def test_another_amount_has_another_hash():
    assert content_hash({"a": Decimal("1.10")}) != content_hash({"a": Decimal("1.11")})


def test_a_number_that_is_none_is_refused():
    with pytest.raises(ValueError, match="not a number"):
        dump_json(Decimal("NaN"))


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(PLAIN, st.booleans())
def test_text_without_decimals_is_the_same_by_the_quick_way(value, sort_keys):
    """What is archived does not change with the way it is written."""
    assert dump_json(value, sort_keys=sort_keys) == _dump_exactly(value, sort_keys=sort_keys)

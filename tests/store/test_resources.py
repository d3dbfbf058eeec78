"""The one table for every kind of resource."""

import base64
import sqlite3

import pytest
from tests.store.conftest import ACCOUNT, GLOBAL, REGION, THING, WIDE, make_row

from fieldstone.store.resources import ORDERS, InvalidTokenError, Page, _page_statement

NAMES = ["apple", "Banana", "cherry", "date", "elder", "fig", "grape"]


@pytest.fixture
def fruit(shelf):
    """Seven rows whose columns are in different orders, some of them equal."""
    shelf.insert(
        *(
            make_row(name, created=float(at), modified=float(-at), status="Odd" if at % 2 else "Even")
            for at, name in enumerate(NAMES)
        )
    )
    return shelf


def page_of(shelf, **asked):
    rows, token = shelf.read(lambda tx: tx.resources.page(THING, ACCOUNT, REGION, Page(**asked)))
    return [row.name for row in rows], token


def walk(shelf, **asked):
    """Every page's names, one list a page."""
    pages, token = [], None
    while True:
        names, token = page_of(shelf, token=token, **asked)
        pages.append(names)
        if token is None:
            return pages


def test_a_row_is_found_by_its_name(shelf):
    """And by its ARN, and by its uid; each gives the same row."""
    shelf.insert(make_row("a", document={"x": 1}))

    row = shelf.read(lambda tx: tx.resources.find(THING, ACCOUNT, REGION, "a"))
    assert row.document == {"x": 1}
    assert shelf.read(lambda tx: tx.resources.find_arn(row.arn)) == row
    assert shelf.read(lambda tx: tx.resources.get(row.uid)) == row


def test_what_is_not_there_is_not_found(shelf):
    """By none of the three."""
    assert shelf.read(lambda tx: tx.resources.find(THING, ACCOUNT, REGION, "a")) is None
    assert shelf.read(lambda tx: tx.resources.find_arn("arn:aws:x:::a")) is None
    assert shelf.read(lambda tx: tx.resources.get(1)) is None


@pytest.mark.parametrize(
    ("kind", "shared_by"),
    [(THING, []), (WIDE, ["region"]), (GLOBAL, ["region", "account"])],
)
def test_a_kind_says_within_what_its_names_are_unique(shelf, kind, shared_by):
    """A name may be taken again in another region or account only where the scope tells them apart."""
    shelf.insert(make_row("a", kind))
    elsewhere = {"region": make_row("a", kind, region="us-west-2"), "account": make_row("a", kind, "444455556666")}

    for part, row in elsewhere.items():
        if part in shared_by:
            with pytest.raises(sqlite3.IntegrityError):
                shelf.insert(row)
        else:
            shelf.insert(row)


def test_a_name_may_be_taken_by_rows_of_different_kinds(shelf):
    """Kinds do not see each other."""
    shelf.insert(make_row("a"), make_row("a", WIDE))

    assert [row.kind for row in shelf.read(lambda tx: list(tx.resources.all(WIDE)))] == ["Wide"]


def test_an_update_changes_the_document_and_the_columns(shelf):
    """Document, internal, status, settled and modified; a change is noted."""
    shelf.insert(make_row("a"))
    heard = []
    shelf.store.listen(heard.extend)

    def change(tx):
        row = tx.resources.find(THING, ACCOUNT, REGION, "a")
        row.document["x"], row.internal["y"], row.status, row.settled, row.modified = 1, 2, "Busy", False, 9.0
        tx.resources.update(row)

    shelf.write(change)
    row = shelf.read(lambda tx: tx.resources.find(THING, ACCOUNT, REGION, "a"))
    assert (row.document, row.internal, row.status, row.settled, row.modified) == ({"x": 1}, {"y": 2}, "Busy", False, 9)
    assert [(change.event, change.name) for change in heard] == [("updated", "a")]


def test_unsettled_rows_are_found_without_the_settled_ones(shelf):
    """Those of one kind, the oldest first."""
    shelf.insert(
        make_row("b", settled=False), make_row("a", settled=False), make_row("c"), make_row("d", WIDE, settled=False)
    )

    assert [row.name for row in shelf.read(lambda tx: tx.resources.unsettled(THING))] == ["b", "a"]


def test_a_uid_is_never_given_twice(shelf):
    """Not even after the newest row is gone: uids name folders."""
    first = shelf.write(lambda tx: tx.resources.insert(make_row("a"))).uid
    shelf.write(lambda tx: tx.resources.delete(tx.resources.get(first)))

    assert shelf.write(lambda tx: tx.resources.insert(make_row("a"))).uid > first


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", ORDERS)
def test_pages_of_every_size_in_every_order_add_up_to_the_whole(fruit, order, descending):
    """Nothing twice, nothing left out, ties included; every page but the last is full."""
    (whole,) = walk(fruit, limit=None, order=order, descending=descending)
    assert sorted(whole) == sorted(NAMES)

    for limit in range(1, 9):
        pages = walk(fruit, limit=limit, order=order, descending=descending)
        assert [name for page in pages for name in page] == whole
        assert all(len(page) == limit for page in pages[:-1])
        assert pages[-1]


@pytest.mark.parametrize(
    ("order", "first"), [("created", "apple"), ("modified", "grape"), ("name", "Banana"), ("status", "apple")]
)
def test_orders_sort_by_their_column(fruit, order, first):
    """Names by their bytes, so that capitals come first."""
    assert page_of(fruit, limit=1, order=order, descending=False)[0] == [first]


def test_rows_added_meanwhile_do_not_shift_the_pages(fruit):
    """A token says after which row to go on, not after how many."""
    names, token = page_of(fruit, limit=3, order="name", descending=False)
    fruit.insert(make_row("aardvark"), make_row("zebra"))
    rest, _ = page_of(fruit, limit=9, order="name", descending=False, token=token)

    assert names + rest == ["Banana", "apple", "cherry", "date", "elder", "fig", "grape", "zebra"]


def test_the_row_a_token_was_made_of_may_be_deleted(fruit):
    """The next page goes on after its place."""
    names, token = page_of(fruit, limit=3, order="name", descending=False)
    fruit.write(lambda tx: tx.resources.delete(tx.resources.find(THING, ACCOUNT, REGION, names[-1])))

    assert page_of(fruit, limit=1, order="name", descending=False, token=token)[0] == ["date"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"name_contains": "e"}, "apple cherry date elder grape"),
        ({"name_contains": "%"}, ""),
        ({"name_from": "date"}, "date elder fig grape"),
        ({"name_before": "cherry"}, "Banana apple"),
        ({"created_after": 4.0}, "fig grape"),
        ({"created_before": 1.0}, "apple"),
        ({"modified_after": -1.0}, "apple"),
        ({"modified_before": -5.0}, "grape"),
        ({"status": "Odd"}, "Banana date fig"),
        ({"status": "Odd", "created_after": 1.0, "name_contains": "d"}, "date"),
    ],
)
def test_filters_narrow_a_list(fruit, filters, expected):
    """Each by itself, and several at once; wildcards of SQL mean nothing."""
    assert page_of(fruit, limit=None, order="name", descending=False, filters=filters)[0] == expected.split()


def test_filters_hold_across_pages(fruit):
    """The second page is filtered as the first one was."""
    assert walk(fruit, limit=1, order="name", descending=False, filters={"status": "Odd"}) == [
        ["Banana"],
        ["date"],
        ["fig"],
    ]


def test_a_list_is_of_one_owner(fruit):
    """Another account's and another region's rows are not in it."""
    fruit.insert(make_row("a", account="444455556666"), make_row("b", region="us-west-2"))

    assert sorted(page_of(fruit, limit=None)[0]) == sorted(NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[1]",
        "[1,1,1]",
        "[null,1]",
        '["a","b"]',
        "[[],1]",
        "[1,1e9]",
        "[1,-1]",
        "[1,99999999999999999999]",
        "\xff",
    ],
)
def test_a_token_with_the_wrong_content_is_refused(fruit, text):
    """Whatever JSON, or none, is inside."""
    token = base64.urlsafe_b64encode(text.encode("latin-1")).decode()

    with pytest.raises(InvalidTokenError):
        page_of(fruit, limit=1, token=token)


@pytest.mark.parametrize("token", ["", "rubbish", "é", "====", "W"])
def test_a_token_that_is_no_base64_is_refused(fruit, token):
    """It was not made here."""
    with pytest.raises(InvalidTokenError):
        page_of(fruit, limit=1, token=token)


@pytest.mark.parametrize("order", ["created", "name"])
def test_a_list_does_not_scan_other_owners_rows(shelf, order):
    """The query for a page goes along an index: its cost does not grow with what others keep."""
    statement = _page_statement(order, True, True, frozenset())
    names = ("kind", "account", "region", "limit", "last_value", "last_uid")
    sql, constants = statement.compiled
    values = {**constants, **dict.fromkeys(names, 0)}
    plan = str(shelf.store._reading.execute(f"explain query plan {sql}", values).fetchall())

    assert "USING INDEX" in plan
    assert "TEMP B-TREE" not in plan

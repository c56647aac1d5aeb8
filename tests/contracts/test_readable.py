"""A witness is shown as plain as it can be and still be one."""

from eventproof.contracts import compare
from eventproof.contracts.readable import TRIES_LIMIT, simplified


def plain(value, counts):
    return simplified(value, counts=counts, is_odd=lambda _one: False)


def test_what_need_not_be_there_is_left_out():
    payload = {"id": "00000000-0000", "tags": ["x", "y", None], "v": 0.5}
    assert plain(payload, lambda one: isinstance(one, dict) and one.get("v") == 0.5) == {"v": 0.5}


def test_what_has_to_be_there_is_made_plain():
    payload = {"id": "€-7", "tags": [["deep"], "y"]}

    def counts(one):
        return isinstance(one, dict) and one.keys() == payload.keys() and bool(one["tags"])

    assert plain(payload, counts) == {"id": "a", "tags": "a"}


def test_a_break_deep_inside_is_shown_at_the_top_where_it_breaks_there_too():
    deep = {"next": {"next": {"v": 0.5}}}

    def counts(one):
        while isinstance(one, dict) and "next" in one:
            one = one["next"]
        return one == {"v": 0.5}

    assert plain(deep, counts) == {"v": 0.5}


def test_a_text_keeps_the_format_that_it_is_of():
    def mail(**more):
        return {"type": "object", "properties": {"mail": {"type": "string", **more}}}

    shown = compare(writer=mail(format="email"), reader=mail(pattern="^z"))
    assert shown.witness == {"mail": "a@example.com"}
    assert compare(writer=mail(), reader=mail(pattern="^z")).witness == {"mail": "a"}


def test_making_plain_ends():
    tried = []
    plain([f"{number:x}" for number in range(9000)], tried.append)
    assert 0 < len(tried) <= TRIES_LIMIT

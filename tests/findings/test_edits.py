import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventproof.findings import Edit, difference, mended, read_exactly, write_exactly

PAGE = Path("index.mdx")
LINE_ENDS = st.sampled_from(["\n", "\r\n"])
LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x85\u2028\u2029")), max_size=6
)


def quoting(line, column, before="1.0"):
    return Edit(PAGE, line, column, before, f'"{before}"')


def test_an_edit_replaces_what_stands_at_its_place():
    result = mended("id: A\nversion: 1.0 # new\n", [quoting(2, 10)])

    assert result.text == 'id: A\nversion: "1.0" # new\n'
    assert result.made == (quoting(2, 10),)


def test_an_edit_whose_text_has_gone_is_left_alone():
    text = "id: A\nversion: 2.0\n"

    assert mended(text, [quoting(2, 10)]).text == text
    assert mended(text, [quoting(9, 1), quoting(2, 99)]).made == ()


def test_edits_that_touch_each_other_are_not_made_in_one_go():
    wide = Edit(PAGE, 1, 1, "version: 1.0", 'version: "1.0"')
    result = mended("version: 1.0", [wide, quoting(1, 10)])

    assert result.text == 'version: "1.0"'
    assert result.made == (wide,)


def test_the_same_edit_twice_is_made_once():
    assert mended("1.0", [quoting(1, 1), quoting(1, 1)]).text == '"1.0"'


@given(before=LINES, after=LINES, end=LINE_ENDS, lead=st.text("ab:# é🛒", max_size=8))
def test_nothing_but_the_edited_characters_changes(before, after, end, lead):
    head = "".join(line + end for line in before) + lead
    tail = end + end.join(after)

    result = mended(f"{head}1.0{tail}", [quoting(len(before) + 1, len(lead) + 1)])

    assert result.text == f'{head}"1.0"{tail}'
    # Made again, it finds a quote where the number stood, and leaves it.
    assert mended(result.text, result.made).text == result.text


def test_a_difference_shows_what_changes_and_can_be_applied():
    assert difference("a/index.mdx", "id: A\nversion: 1.0", 'id: A\nversion: "1.0"') == (
        "--- a/a/index.mdx\n"
        "+++ b/a/index.mdx\n"
        "@@ -1,2 +1,2 @@\n"
        " id: A\n"
        "-version: 1.0\n"
        "\\ No newline at end of file\n"
        '+version: "1.0"\n'
        "\\ No newline at end of file\n"
    )


def test_a_difference_keeps_line_ends_and_shows_no_terminal_escape():
    shown = difference("p", "\x1b[2J\tx\r\nversion: 1.0\r\n", '\x1b[2J\tx\r\nversion: "1.0"\r\n')

    assert " \\x1b[2J\tx\r\n" in shown
    assert '+version: "1.0"\r\n' in shown


def test_a_file_is_written_whole_and_keeps_its_bytes_and_permissions(tmp_path):
    file = tmp_path / "index.mdx"
    file.write_bytes(b"\xef\xbb\xbfid: A\r\n")
    file.chmod(0o640)

    write_exactly(file, read_exactly(file) + "x: 1\r\n")

    assert file.read_bytes() == b"\xef\xbb\xbfid: A\r\nx: 1\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["index.mdx"]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "folder.mdx").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_exactly(tmp_path / "folder.mdx", "text")

    assert [path.name for path in tmp_path.iterdir()] == ["folder.mdx"]


def test_a_new_file_can_be_read_by_others(tmp_path):
    write_exactly(tmp_path / "new.json", "text")

    assert stat.S_IMODE((tmp_path / "new.json").stat().st_mode) == 0o644

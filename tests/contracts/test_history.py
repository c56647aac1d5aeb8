import shutil
import subprocess
from pathlib import Path

import pytest

from eventproof.contracts import tree_at
from eventproof.findings import Problem

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder, *arguments):
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", "-C", folder, *who, *arguments], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def repository(tmp_path):
    """A repository with a catalog in a folder, committed once on the branch `main`."""
    root = tmp_path / "repository"
    (root / "catalog" / "events").mkdir(parents=True)
    (root / "catalog" / "events" / "ä page.mdx").write_bytes(b"first\r\n")
    (root / "secret.txt").write_text("not in the catalog")
    (root / ".gitattributes").write_text("*.mdx export-ignore\n")
    git(tmp_path, "init", "-q", "-b", "main", root)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


def files(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_a_folder_is_read_as_it_was_and_the_checkout_is_not_touched(repository, tmp_path):
    page = repository / "catalog/events/ä page.mdx"
    page.write_text("second")
    before = git(repository, "status", "--porcelain")

    assert tree_at(repository / "catalog", "main", tmp_path / "target")
    assert files(tmp_path / "target") == {"events/ä page.mdx": b"first\r\n"}
    assert page.read_text() == "second"
    assert git(repository, "status", "--porcelain") == before


def test_the_repository_itself_may_be_the_catalog(repository, tmp_path):
    assert tree_at(repository, "HEAD", tmp_path / "target")
    assert "catalog/events/ä page.mdx" in files(tmp_path / "target")


def test_a_folder_that_was_not_there_is_empty(repository, tmp_path):
    (repository / "new").mkdir()

    assert not tree_at(repository / "new", "main", tmp_path / "target")


def test_links_are_kept_as_links(repository, tmp_path):
    (repository / "catalog/link").symlink_to("/etc/hostname")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "two")
    tree_at(repository / "catalog", "main", tmp_path / "target")

    assert (tmp_path / "target/link").readlink() == Path("/etc/hostname")


def sentence(folder, ref, target):
    with pytest.raises(Problem) as problem:
        tree_at(folder, ref, target)
    return problem.value.sentence, problem.value.hint


def test_a_file_too_large_to_be_read_is_left_out(repository, tmp_path, monkeypatch):
    monkeypatch.setattr("eventproof.contracts.history.BLOB_BYTES_MAX", 8)
    monkeypatch.setattr("eventproof.contracts.history._BATCH_BYTES", 1)
    for name, size in (("a", 5), ("b", 9), ("c", 0), ("d", 8)):
        (repository / "catalog" / name).write_bytes(name.encode() * size)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "two")
    tree_at(repository / "catalog", "main", tmp_path / "target")

    read = files(tmp_path / "target")
    assert {name: read.get(name) for name in "abcd"} == {
        "a": b"aaaaa", "b": None, "c": b"", "d": b"dddddddd",
    }  # fmt: skip


def test_within_a_hook_the_catalogs_own_repository_is_read(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")

    assert tree_at(repository / "catalog", "main", tmp_path / "target")


def test_an_unknown_ref_names_the_nearest(repository, tmp_path):
    said, hint = sentence(repository, "mian", tmp_path / "target")

    assert said == "`mian` is no git ref and no folder."
    assert hint == "did you mean main?"


@pytest.mark.parametrize("ref", ["", "--output=/tmp/x", "-h", "main:catalog"])
def test_what_is_no_commit_is_refused(repository, tmp_path, ref):
    assert "is no git ref" in sentence(repository, ref, tmp_path / "target")[0]


def test_a_folder_without_a_repository_is_one_sentence(tmp_path):
    (tmp_path / "plain").mkdir()

    assert "is in no git repository" in sentence(tmp_path / "plain", "main", tmp_path / "t")[0]


def test_a_shallow_clone_says_what_it_lacks(repository, tmp_path):
    first = git(repository, "rev-parse", "HEAD").strip()
    (repository / "catalog/events/b.mdx").write_text("b")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "two")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", tmp_path / "shallow")
    said, hint = sentence(tmp_path / "shallow", first, tmp_path / "target")

    assert said == f"this clone is shallow and does not have `{first}`."
    assert hint.startswith("fetch it: git fetch origin ")


def test_a_partial_clone_fetches_nothing(repository, tmp_path):
    git(repository, "config", "uploadpack.allowFilter", "true")
    source = f"file://{repository}"
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", source, tmp_path / "part")
    (tmp_path / "part/catalog").mkdir()

    said, _ = sentence(tmp_path / "part/catalog", "main", tmp_path / "target")
    assert "lacks objects" in said


def test_without_git_there_is_a_way(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    said, hint = sentence(repository, "main", tmp_path / "target")

    assert said.startswith("git is not installed")
    assert "--against FOLDER" in hint

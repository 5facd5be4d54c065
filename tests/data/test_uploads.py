"""What is uploaded, and what is known of data before it is loaded."""

import pytest

from data.painting import load, make_classes, pack, paint, zipped
from sslcore import data
from sslcore.data import uploads
from sslcore.data.form import Form


def test_an_upload_is_kept_by_its_content(tmp_path, empty_root):
    content = zipped(tmp_path / "x.zip", {"a.png": paint(tmp_path / "a.png").read_bytes()}).read_bytes()
    path = uploads.keep("../My photos (1).zip", content)
    assert path.parent == empty_root.resolve() / "uploads"
    assert path.name.startswith("My-photos-1-")
    assert uploads.keep("../My photos (1).zip", content) == path
    assert len(load(path)) == 1
    assert uploads.keep("...", content).name.startswith("images-")


def test_an_upload_that_would_be_refused_is_not_kept(tmp_path, empty_root, monkeypatch):
    bomb = zipped(tmp_path / "x.zip", {"bomb.bmp": bytes(100_000_000)}).read_bytes()
    for content, says in ((b"text", "^photos.zip is no zip"), (bomb, "^photos.zip would unpack from")):
        with pytest.raises(ValueError, match=says):
            uploads.keep("photos.zip", content)
    monkeypatch.setattr(uploads, "MAX_UPLOAD", 10)
    with pytest.raises(ValueError, match="at most 10 are taken: give its path instead"):
        uploads.keep("photos.zip", bomb)
    assert list(empty_root.rglob("*.zip*")) == []


def test_a_survey_tells_what_there_is_before_it_is_loaded(tmp_path):
    for name in ("digits", "sprites", "fashion-mnist"):
        try:
            images = load(name)
        except OSError:
            continue
        assert data.survey(name) == (images.form, len(images))
    root = make_classes(tmp_path / "pets")
    packed = zipped(tmp_path / "x.zip", {str(p.relative_to(tmp_path)): p.read_bytes() for p in root.rglob("*.png")})
    for path in (root, pack(root, tmp_path / "x.tar"), packed):
        assert data.survey(path, 16) == (Form("images", (3, 16, 16)), 40)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no images"):
        data.survey(tmp_path / "empty")
    with pytest.raises(ValueError, match="did you mean 'digits'"):
        data.survey("digts")

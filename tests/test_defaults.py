"""A user's own defaults: read, checked, written."""

import pytest

from dreamcore import defaults
from dreamcore.defaults import check_default, read_defaults, set_defaults
from dreamcore.errors import DreamError, NotAllowed


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(defaults, "user_folder", lambda kind: tmp_path / kind)
    (tmp_path / "config").mkdir()
    return tmp_path / "config" / "config.toml"


def test_where_nothing_is_set_nothing_is_usual(file):
    assert read_defaults() == {}


def test_a_user_without_a_home_has_none(monkeypatch):
    def nobody(kind):
        raise DreamError("no home")

    monkeypatch.setattr(defaults, "user_folder", nobody)
    assert read_defaults() == {}


def test_what_is_set_is_read_back(file):
    set_defaults({"model": "a b", "memory": "2GB"})
    set_defaults({"memory": "3GB", "precision": "auto"})
    assert read_defaults() == {"model": "a b", "memory": "3GB", "precision": "auto"}


def test_one_is_taken_out_and_all_other_lines_stay(file):
    file.write_text('# mine\nmodel = "a"  # the best\n\nprecision = "auto"\n# the end\n')
    set_defaults({"precision": None, "device": "cpu"})
    assert file.read_text() == '# mine\nmodel = "a"  # the best\n\n# the end\ndevice = "cpu"\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('\nmodle = "a"\n', 2, 'no default "modle" (did you mean "model"?); allowed: model, device'),
        ('model = "a"\nprecision = "float16"', 2, "precision=float16 is not allowed"),
        ("memory = 2\n", 1, "memory=2 is not allowed; allowed: text"),
        ('memory = "much"\n', 1, "'much': allowed is a size"),
        ('device = "gpu"\n', 1, "device=gpu is not allowed; allowed: auto, cpu"),
        ('model = "a"\n[precision]\n', 2, "precision="),
        ('model = "a"\nprecision = auto\n', 2, "not a TOML file"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_with_file_and_line(file, text, line, said):
    file.write_text(text)
    with pytest.raises(DreamError) as error:
        read_defaults()
    assert said in str(error.value) and str(file) in str(error.value) and f"line {line}" in str(error.value)
    with pytest.raises(DreamError):
        set_defaults({"model": "b"})
    assert file.read_text() == text


def test_a_value_over_several_lines_is_not_cut(file):
    file.write_text('model = """\na"""\n')
    with pytest.raises(DreamError):
        set_defaults({"model": "b"})
    assert file.read_text() == 'model = """\na"""\n'


@pytest.mark.parametrize("device", ["auto", "cpu", "mps", "cuda", "cuda:1", "xpu:0"])
def test_a_device_need_not_be_there_to_be_written_down(device):
    assert check_default("device", device) == device


def test_an_empty_value_is_none():
    with pytest.raises(NotAllowed):
        check_default("model", "")

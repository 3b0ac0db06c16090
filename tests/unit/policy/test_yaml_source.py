"""YAML files: what is accepted, and where everything stands."""

import pytest

from compliance.policy.yaml_source import LARGEST_FILE, BadYaml, load_yaml, parse_yaml


def test_only_yaml_1_2_core_words_are_more_than_text():
    text = "{a: no, b: 22:22, c: 0777, d: 2020-01-01, e: 1.5, f: 0x1f, g: true, h: ~, i: 'true', j: on}"
    assert parse_yaml(text, name="x").data == {
        "a": "no", "b": "22:22", "c": "0777", "d": "2020-01-01", "e": 1.5,
        "f": 31, "g": True, "h": None, "i": "true", "j": "on",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("a: &x 1\n", "1:4", "anchors and aliases"),
        ("a: *x\n", "1:4", "anchors and aliases"),
        ("a: !!python/object:os.system 1\n", "1:4", "tags"),
        ("a: 1\nb: 2\na: 3\n", "3:1", "twice"),
        ("[" * 200, "1:25", "nested"),
        ("? [a]\n: b\n", "1:3", "a key must be a word"),
        ("", "1:1", "is empty"),
        ("a: 1\n---\nb: 2\n", "3:1", "second document"),
        ("a: [1,\n", "2:1", "expected node content"),
        ('a: "\x01"\n', "1:1", "a character that is not allowed"),
    ],
)
def test_what_is_refused_is_refused_at_its_place(text, where, what):
    with pytest.raises(BadYaml) as caught:
        parse_yaml(text, name="f.yaml")
    assert caught.value.message.startswith(f"f.yaml:{where}: ")
    assert what in caught.value.message


@pytest.mark.parametrize(
    ("text", "word", "where"),
    [
        ("e: host.zone == 'x'\n", "==", (1, 14)),
        ('e: "a \\u0041\\n  b == 1"\n', "==", (1, 19)),
        ("e: 'it''s x'\n", "x", (1, 11)),
        ("e: |\n  one two\n\n    three\n", "three", (4, 5)),
        ("e: >-\n  one\n  two three\n", "three", (3, 7)),
        ("e: one\n   two\n   three\n", "three", (3, 4)),
        ("e:\n- x\n- |2-\n   a b\n", "b", (4, 6)),
    ],
)
def test_a_character_of_a_scalar_is_found_again_in_the_file(text, word, where):
    file = parse_yaml(text, name="f.yaml")
    steps = ("e", 1) if "- |2-" in text else ("e",)
    value = file.node(steps).data()
    problem = file.problem(steps, "here", offset=value.index(word))
    assert (problem.line, problem.column) == where


def test_a_problem_shows_its_line_with_a_caret():
    shown = str(parse_yaml("a: 1\nb: [x, y]\n", name="f.yaml").problem(("b", 1), "why"))
    assert shown == "f.yaml:2:8: why\n    b: [x, y]\n           ^"


def test_a_file_over_one_mebibyte_is_refused_before_it_is_parsed(tmp_path):
    path = tmp_path / "big.yaml"
    path.write_bytes(b"a" * (LARGEST_FILE + 1))
    with pytest.raises(BadYaml, match="larger than one MiB"):
        load_yaml(path)


def test_a_file_that_is_not_there_or_not_text_says_so(tmp_path):
    with pytest.raises(BadYaml, match="cannot be read: No such file"):
        load_yaml(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe9\n")
    with pytest.raises(BadYaml, match=r"latin.yaml:2:1: is not UTF-8"):
        load_yaml(tmp_path / "latin.yaml")

from undeclared.static import held


def test_texts_are_found_wherever_they_lie(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "program.bin").write_bytes(b"\0" * (16 * 2**20 - 4) + b"phc_key1" + b"\0")
    (tmp_path / "b.js").write_text("const id = 'f00d';")
    (tmp_path / "empty").touch()
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert held(tmp_path, ["phc_key1", "f00d", "elsewhere", ""]) == {"phc_key1", "f00d"}
    assert held(tmp_path, []) == frozenset()

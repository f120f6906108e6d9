import pytest

from undeclared.catalogue import profile_from_file, signals
from undeclared.experiment import make_plan
from undeclared.model import UNSET, UsageError


@pytest.mark.parametrize(
    ("signal", "level"), [("timezone", "Mars/../Base"), ("base-url-host", "a b")]
)
def test_a_level_that_cannot_be_is_answered_with_one_that_can(tmp_path, signal, level):
    file = tmp_path / "specimen.yaml"
    file.write_text(
        "{schema: 1, id: any, command: [run], wire: anthropic-messages, base_url_env: URL}"
    )
    with pytest.raises(UsageError, match="cannot be a level") as caught:
        make_plan(profile_from_file(file), extra_levels=[(signal, level)])
    example = caught.value.next_step.split("'")[1]
    assert example != UNSET
    assert signals()[signal].accepts(example)

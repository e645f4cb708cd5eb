"""The example at the package's door is one that works."""

from importlib import resources

from guidelines.check import check_text


def test_the_example_in_the_readme_has_no_problem() -> None:
    readme = (resources.files("guidelines") / "README.md").read_text(encoding="utf-8")
    example = readme.split("```yaml\n")[1].split("```")[0]
    assert check_text(example) == []

"""Options from one declaration: what words set, what is no option, and that every number has its bounds."""

import pytest
from pydantic import Field

from sslcore import networks, objectives
from sslcore.augment.policy import Policy
from sslcore.run.config import Config
from sslcore.settings import Settings, from_words


class Inner(Settings):
    strength: float = Field(0.5, ge=0, le=1, description="how much of 100 %")
    crop: tuple[float, float] | None = Field((0.5, 1.0), description="least and most; none: no crop")


class Outer(Settings):
    names: tuple[str, ...] = Field((), description="of runs")
    long_name: int = Field(3, ge=1, le=9, description="a number")
    inner: Inner = Inner()


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ([], {}),
        (["--long-name", "4"], {"long_name": "4"}),
        (["--long-name=4", "--strength", "-1"], {"long_name": "4", "inner": {"strength": "-1"}}),
        (["--strength=-1e-3"], {"inner": {"strength": "-1e-3"}}),
        (["--crop", ".2", ".9"], {"inner": {"crop": [".2", ".9"]}}),
        (["--crop", "none"], {"inner": {"crop": None}}),
        (["--crop", "None"], {"inner": {"crop": None}}),
        (["a", "b", "--long-name", "4"], {"names": ["a", "b"], "long_name": "4"}),
        (["--long-name", "4", "--long-name", "5"], {"long_name": "5"}),
    ],
)
def test_words_set_what_they_name(words, given):
    assert from_words(words, [Outer()], "it", leading="names") == given


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--lng-name", "4"], "there is no option '--lng-name': did you mean --long-name? `it --help` lists all"),
        (["--long", "4"], "there is no option '--long'"),
        (["a"], "there is no option 'a': `it --help` lists all"),
        (["--long-name"], "--long-name needs a value"),
        (["--strength", "-1e-3"], "--strength needs a value; one that begins with - is written --strength=-"),
        (["-h=3"], "takes no value"),
        (["--", "--long-name"], "there is no option"),
        (["--\udcff", "1"], "there is no option"),
    ],
)
def test_what_is_no_option_is_one_sentence(words, says):
    with pytest.raises(ValueError, match=r"option|value") as error:
        from_words(words, [Outer()], "it")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_help_shows_kinds_and_defaults(capsys):
    with pytest.raises(SystemExit):
        from_words(["--help"], [Outer()], "it", "What it does.", "names")
    shown = capsys.readouterr().out
    for words in (
        "What it does.",
        "--crop [NUMBER|none ...]",
        "how much of 100 % (default: 0.5)",
        "(default: 0.5 1.0)",
    ):
        assert words in shown


@pytest.mark.parametrize(
    "settings",
    [Config, Policy, *(objectives.find(name).Config for name in objectives.names())]
    + [networks.find(name).Config for name in networks.names()],
    ids=lambda settings: settings.__qualname__,
)
def test_every_number_has_a_least_and_a_most(settings):
    """One of four hundred digits, or infinity, would be an error somewhere deep within."""
    for name, field in settings.model_json_schema()["properties"].items():
        for kind in [field, *field.get("anyOf", []), field.get("items", {}), *field.get("prefixItems", [])]:
            if kind.get("type") in ("integer", "number"):
                assert {"minimum", "exclusiveMinimum"} & kind.keys(), name
                assert {"maximum", "exclusiveMaximum"} & kind.keys(), name

from rocqshim.makefile import include

# Whoever changes rocq-limits.mk gives it a new FORMAT, and writes the new digest here.
FORMATS = {
    1: "afdb3a24b4829a42",
    2: "acff137ced856d51",
    3: "d72fd8b06d3da068",
    4: "10b269662d79bf46",
}


def stamp(text: str) -> str:
    return text.splitlines()[1]


def test_a_change_of_the_text_goes_with_a_change_of_the_format() -> None:
    assert stamp(include.render()).endswith(
        f"format {include.FORMAT}, digest {FORMATS[include.FORMAT]}."
    )


def test_the_text_is_for_every_machine_and_every_version() -> None:
    text = include.render()

    assert text == include.render()
    assert text.endswith("\n")
    assert "\t" not in text.replace("\n\t", "")
    for place in ("/usr", "/home", "/root", "/opt"):
        assert place not in text


def test_every_line_is_short_enough_to_read() -> None:
    assert max(map(len, include.render().splitlines())) <= 120


def test_the_state_of_a_copy() -> None:
    current = include.render()
    title, _, rest = current.split("\n", 2)
    older = (
        f"{title}\n# Written by `rocqshim mk`, format 0, digest {include.digest(title, 'x')}.\nx"
    )

    assert include.state(current) == "current"
    assert include.state(older) == "older"
    assert include.state(older + "y") == "edited"
    assert include.state(current + "# mine\n") == "edited"
    assert include.state(current.replace("rocq-exec", "my-exec")) == "edited"
    assert include.state(f"{title}\n{rest}") == "foreign"
    assert include.state("all: ;\n") == "foreign"
    assert include.state("") == "foreign"

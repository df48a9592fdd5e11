"""How cells are numbered where sequences are split."""

from hypothesis import given
from hypothesis import strategies as st

from dreamcore.farm.numbering import Numbering

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=4)


@given(LENGTHS, st.integers(1, 9), st.integers(1, 3), st.booleans())
def test_every_frame_of_every_sequence_is_of_one_cell(lengths, split, values, zipped):
    counts = {"layer": values, "seed": values if zipped else 2, "picture": len(lengths)}
    numbering = Numbering(counts, zipped, split, tuple(lengths))
    found: dict[int, list[int]] = {}
    for number in range(1, len(numbering) + 1):
        sequence, run = numbering.placed(number)
        assert 0 < len(run) <= split
        found.setdefault(sequence, []).extend(run)
    each = values if zipped else 2 * values
    assert found == {
        1 + place * each + one: [*range(length)] for place, length in enumerate(lengths) for one in range(each)
    }


@given(LENGTHS, st.integers(1, 9), st.integers(1, 3))
def test_the_cells_of_a_sequence_follow_one_another_and_differ_in_nothing_else(lengths, split, values):
    numbering = Numbering({"seed": values, "picture": len(lengths)}, False, split, tuple(lengths))
    sequences = [*numbering.sequences()]
    assert [number for numbers in sequences for number in numbers] == [*range(1, len(numbering) + 1)]
    for place, numbers in enumerate(sequences, 1):
        assert {numbering.placed(number)[0] for number in numbers} == {place}
        assert len({tuple(numbering.places(number).items()) for number in numbers}) == 1

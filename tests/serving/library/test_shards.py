"""A library is cut the same way each time, and equal parts of it are one shard."""

from heuresis.serving.library.records import Record
from heuresis.serving.library.shards import cut

FOUND = [Record(number, text) for number, text in enumerate("CNOCNOF", 1)]


def test_a_shard_is_named_by_plan_and_records() -> None:
    first = [one.digest for one in cut(FOUND, 3, "plan", ())]
    assert first == [one.digest for one in cut(FOUND, 3, "plan", ())]
    assert not {*first} & {one.digest for one in cut(FOUND, 3, "other", ())}
    assert not {*first} & {one.digest for one in cut(FOUND, 4, "plan", ())}


def test_equal_parts_are_one_shard_and_only_the_first_is_worked_on() -> None:
    one, two, three = cut(FOUND, 3, "plan", ())
    assert one.digest == two.digest != three.digest
    assert ([*map(len, (one.records, two.records))], two.first, two.n_records) == ([3, 0], 4, 3)


def test_what_is_done_passes_without_its_records() -> None:
    done = {one.digest for one in cut(FOUND, 3, "plan", ())}
    assert [(one.first, one.n_records, one.records) for one in cut(FOUND, 3, "plan", done)] == [
        (1, 3, ()), (4, 3, ()), (7, 1, ()),
    ]  # fmt: skip


def test_text_name_and_place_cannot_stand_for_each_other() -> None:
    spelled = ([Record(1, "C", "N")], [Record(1, "CN")], [Record(1, "", "CN")],
               [Record(1, "C", wrong="N")], [Record(1, "C"), Record(2, "N")],
               [Record(1, "C"), Record(3, "N")])  # fmt: skip
    digests = {next(cut(each, 9, "plan", ())).digest for each in spelled}
    assert len(digests) == len(spelled)

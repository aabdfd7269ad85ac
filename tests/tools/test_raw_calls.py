"""Calls written into text are found in every known form, and broken ones say what is wrong."""

import pytest

from heuresis.errors import RequestError
from heuresis.tools.raw_calls import calls_in, visible

PLUGIN = '<|action_start|><|plugin|>{"name": "weigh", "parameters": {"what": "salt"}}<|action_end|>'
HERMES = '<tool_call>\n{"name": "weigh", "arguments": {"what": "salt"}}\n</tool_call>'
AS_TEXT = '<tool_call>{"name": "weigh", "arguments": "{\\"what\\": \\"salt\\"}"}</tool_call>'
XML = "<tool_call><function=weigh><parameter=what>\nsalt\n</parameter></function></tool_call>"


@pytest.mark.parametrize("written", [PLUGIN, HERMES, AS_TEXT, XML])
def test_each_form_is_one_call_and_leaves_the_words(written: str) -> None:
    words, (call,) = calls_in(f"Let me weigh it. {written}")
    assert words == "Let me weigh it."
    assert (call.name, call.parsed()) == ("weigh", {"what": "salt"})


def test_several_calls_keep_their_order_and_have_names_of_their_own() -> None:
    _, calls = calls_in(HERMES + PLUGIN + XML)
    assert [call.name for call in calls] == ["weigh"] * 3
    assert len({call.id for call in calls}) == 3


def test_numbers_in_xml_are_numbers() -> None:
    _, (call,) = calls_in(
        "<tool_call><function=f><parameter=n>3</parameter></function></tool_call>"
    )
    assert call.parsed() == {"n": 3}


@pytest.mark.parametrize(
    "written", [HERMES[:30], PLUGIN[:50], "<tool_call>[1]</tool_call>", "<tool_call>"]
)
def test_a_broken_or_cut_call_is_one_whose_arguments_cannot_be_read(written: str) -> None:
    _, (call,) = calls_in(written)
    with pytest.raises(RequestError, match="allowed: one JSON object"):
        call.parsed()


def test_text_without_calls_is_left_as_it_is() -> None:
    assert calls_in(" a < b and {curly} ") == (" a < b and {curly} ", ())


@pytest.mark.parametrize("written", ["<think>2 + 2</think>The answer.", "The answer." + HERMES])
def test_neither_thoughts_nor_calls_are_ever_shown_while_they_are_written(written: str) -> None:
    seen = [visible(written[:n]) for n in range(len(written) + 1)]
    assert all("The answer.".startswith(one) for one in seen)
    assert seen[-1] == "The answer."

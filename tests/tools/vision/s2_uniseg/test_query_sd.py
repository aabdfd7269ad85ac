"""The student's network and what it learns from."""

import pytest
import torch

from heuresis.tools.vision.s2_uniseg import query_sd
from heuresis.tools.vision.s2_uniseg.decoder import N_INSTANCE, N_SEMANTIC, S2UniSeg
from heuresis.tools.vision.s2_uniseg.encoder import parameters


def test_the_network_is_small_and_answers_at_stride_8() -> None:
    network = S2UniSeg()
    assert parameters(network) < 1_500_000
    with torch.inference_mode():
        said = network(torch.rand(2, 3, 64, 96))
    assert said.features.shape == (2, 64, 8, 12)
    assert said.logits.shape == (2, N_INSTANCE + N_SEMANTIC, 8, 12)
    assert said.codes.shape == (2, N_INSTANCE + N_SEMANTIC, 128)


def test_a_window_over_everything_changes_nothing() -> None:
    maps = torch.rand(3, 6, 6)
    whole = query_sd.Window(0, 0, 1, 1, flipped=False)
    torch.testing.assert_close(query_sd.cropped(maps, whole, 6), maps)


def test_a_window_cuts_and_turns() -> None:
    maps = torch.arange(16.0).reshape(1, 4, 4)
    corner = query_sd.Window(0, 0.5, 0.5, 0.5, flipped=True)
    torch.testing.assert_close(query_sd.cropped(maps, corner, 2), maps[:, :2, 2:].flip(2))


def test_masks_are_matched_to_queries_of_their_kind_by_dice() -> None:
    masks = torch.zeros(2, 4, 4)
    masks[0, :2], masks[1, 2:] = 1, 1
    logits = torch.full((N_INSTANCE + N_SEMANTIC, 4, 4), -9.0)
    logits[5] = masks[0] * 18 - 9
    logits[N_INSTANCE + 3] = masks[1] * 18 - 9
    query, target = query_sd.matched(logits, masks, torch.tensor([False, True]))
    assert query.tolist() == [5, N_INSTANCE + 3]
    assert target.tolist() == [0, 1]


def test_a_perfect_mask_costs_nothing() -> None:
    masks = torch.zeros(1, 4, 4)
    masks[0, :2] = 1
    assert float(query_sd.mask_loss(masks * 40 - 20, masks)) == pytest.approx(0, abs=1e-3)
    assert float(query_sd.mask_loss(20 - masks * 40, masks)) > 5


def test_equal_codes_cost_less_than_others() -> None:
    codes = torch.eye(4, 128)
    centre = torch.zeros(128)
    same = query_sd.code_loss(codes, codes, centre)
    assert same < query_sd.code_loss(codes.flip(0), codes, centre)


def test_tokens_are_pulled_to_the_prototype_of_their_mask() -> None:
    prototypes = torch.eye(2)
    own = torch.tensor([0, 1, -1])
    near = query_sd.token_loss(torch.tensor([[1.0, 0], [0, 1], [0, 1]]), prototypes, own)
    far = query_sd.token_loss(torch.tensor([[0.0, 1], [1, 0], [0, 1]]), prototypes, own)
    assert near < 0.01 < far


def test_one_code_for_everything_has_no_entropy() -> None:
    codes = torch.zeros(8, 128)
    codes[:, 3] = 5
    assert query_sd.entropy(codes, torch.zeros(128)) == pytest.approx(0, abs=1e-3)
    assert query_sd.entropy(torch.eye(128), torch.zeros(128)) > 4


def test_the_centre_follows_the_mean_slowly() -> None:
    centre = query_sd.new_centre(torch.zeros(128), torch.ones(3, 5, 128))
    torch.testing.assert_close(centre, torch.full((128,), 0.1))

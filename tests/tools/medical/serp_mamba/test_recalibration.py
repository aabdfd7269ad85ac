"""Only ambiguous pixels change, thresholds learn, and empty sets change nothing."""

import pytest
import torch

from heuresis.tools.medical.serp_mamba.recalibration import (
    BACKGROUND,
    VESSEL,
    Recalibration,
    recalibrate,
    scale,
)

LOW, HIGH = torch.tensor(BACKGROUND[0]), torch.tensor(VESSEL[0])


def test_both_thresholds_get_a_gradient() -> None:
    torch.manual_seed(0)
    layer = Recalibration(8)
    layer(torch.randn(2, 8, 6, 6)).square().sum().backward()
    for threshold in (layer.t_background, layer.t_vessel):
        assert float(threshold.grad.abs()) > 0


def test_thresholds_are_put_back_into_their_ranges() -> None:
    layer = Recalibration(8)
    with torch.no_grad():
        layer.t_background.fill_(0.9)
        layer.t_vessel.fill_(0.1)
    layer.clamp()
    assert (float(layer.t_background), float(layer.t_vessel)) == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize("value", [0.0, 0.2, 1.0])
def test_a_map_without_vessel_or_without_background_comes_back_as_it_was(value: float) -> None:
    marks = torch.full((1, 4, 5, 5), value)
    assert torch.equal(recalibrate(marks, LOW, HIGH), marks)


def test_one_empty_sample_does_not_keep_the_other_from_changing() -> None:
    torch.manual_seed(0)
    marks = torch.cat([torch.zeros(1, 4, 6, 6), scale(torch.rand(1, 4, 6, 6))])
    found = recalibrate(marks, LOW, HIGH)
    assert torch.equal(found[0], marks[0])
    assert not torch.equal(found[1], marks[1])


def test_a_lone_ambiguous_pixel_among_background_is_put_out() -> None:
    marks = torch.zeros(1, 1, 9, 9)
    marks[..., 4, 4] = 0.5
    marks[..., 0, 8] = 1.0
    found = recalibrate(marks, LOW, HIGH)
    assert float(found[0, 0, 4, 4]) < 0.35
    assert float(found[0, 0, 0, 8]) == 1


def test_clear_pixels_stay_where_they_are() -> None:
    torch.manual_seed(0)
    marks = (torch.rand(1, 4, 8, 8) > 0.5).float()
    torch.testing.assert_close(recalibrate(marks, LOW, HIGH), marks, atol=2e-3, rtol=0)


def test_scaling_a_constant_channel_gives_zero_and_no_nan() -> None:
    assert torch.equal(scale(torch.full((1, 2, 3, 3), 7.0)), torch.zeros(1, 2, 3, 3))

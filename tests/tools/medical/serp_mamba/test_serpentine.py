"""Paths bend without breaking, sampling is in pixels, and the two directions are one another."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heuresis.tools.medical.serp_mamba.serpentine import Path, Serpentine, bend, sample


def test_steps_add_up_outwards_from_a_still_centre() -> None:
    steps = torch.tensor([0.5, -0.25, 9.0, 0.5, 1.0]).view(1, 5, 1, 1)
    assert bend(steps).flatten().tolist() == [0.25, -0.25, 0.0, 0.5, 1.5]


@given(st.integers(0, 99), st.sampled_from([3, 5, 9]))
@settings(max_examples=20)
def test_a_path_never_jumps_by_more_than_a_pixel(seed: int, points: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    offsets = bend(torch.rand(1, points, 4, 4, generator=rng) * 2 - 1)
    assert float(offsets.diff(dim=1).abs().max()) <= 1 + 1e-6


def test_a_straight_path_over_a_ramp_reads_its_columns() -> None:
    ramp = torch.arange(12.0).expand(1, 1, 7, 12)
    read = sample(ramp, torch.zeros(1, 5, 7, 12)).view(7, 12, 5)
    torch.testing.assert_close(read[:, 2:10], (ramp[0, 0, :, 2:10, None] + torch.arange(-2.0, 3)))
    assert read[0, 0].tolist() == pytest.approx([0, 0, 0, 1, 2], abs=1e-5)


def test_an_offset_moves_the_reading_by_that_many_rows() -> None:
    ramp = torch.arange(9.0)[:, None].expand(1, 1, 9, 6)
    offsets = torch.full((1, 3, 9, 6), 1.25)
    read = sample(ramp, offsets).view(9, 6, 3)
    torch.testing.assert_close(read[:7], (torch.arange(7.0) + 1.25)[:, None, None].expand(7, 6, 3))


def test_the_y_path_is_the_x_path_of_the_transpose() -> None:
    torch.manual_seed(0)
    layer = Serpentine(8, points=5).eval()
    layer.along_y.load_state_dict(layer.along_x.state_dict())
    image = torch.randn(1, 8, 6, 10)
    half = layer.fuse[0].weight.data
    half[:, 8:] = half[:, :8]
    half.copy_((half + half.transpose(2, 3)) / 2)  # a kernel that is its own transpose
    turned = layer(image.transpose(2, 3)).transpose(2, 3)
    torch.testing.assert_close(turned, layer(image), atol=1e-5, rtol=1e-5)


def test_the_path_moves_towards_lower_loss() -> None:
    torch.manual_seed(0)
    layer = Serpentine(8, points=5)
    layer(torch.randn(2, 8, 6, 6)).square().sum().backward()
    for path in (layer.along_x, layer.along_y):
        assert float(path.offset.weight.grad.abs().max()) > 0
        assert float(path.weight.grad.abs().max()) > 0


def test_gathering_gives_each_place_its_own_segment() -> None:
    path = Path(4, 3)
    sequence = torch.arange(2.0 * 3 * 3 * 4).view(1, 18, 4)
    gathered = path.gather(sequence, (2, 3))
    torch.testing.assert_close(gathered[0, :, 1, 2], sequence[0, 15:18].mean(0))


def test_without_points_only_rows_and_columns_are_scanned() -> None:
    layer = Serpentine(8, points=0)
    assert not [name for name, _ in layer.named_parameters() if "along" in name]
    assert layer(torch.randn(1, 8, 4, 6)).shape == (1, 8, 4, 6)


def test_an_even_segment_has_no_centre_and_is_refused() -> None:
    with pytest.raises(ValueError, match="got 4, allowed odd"):
        Path(8, 4)

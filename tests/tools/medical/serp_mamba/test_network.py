"""The network answers the same twice, in the size it was asked, and nothing is made on the way."""

import pytest
import torch

from heuresis.tools.medical.serp_mamba.network import SMALL, Design, SerpMamba, build

DESIGNS = (
    Design(scan="none", recalibrated=False),
    Design(scan="straight", recalibrated=False),
    Design(recalibrated=False),
    SMALL,
    Design(widths=(8, 12, 16), points=9, n_states=16, expand=2),
)


@pytest.mark.parametrize("design", DESIGNS)
def test_two_passes_in_eval_mode_are_bit_identical(design: Design) -> None:
    torch.manual_seed(0)
    network, image = SerpMamba(design).eval(), torch.randn(2, 1, 32, 40)
    with torch.inference_mode():
        first, second = network(image), network(image)
    assert first.shape == (2, 2, 32, 40)
    assert torch.equal(first, second)


def test_one_forward_pass_makes_no_new_parameter() -> None:
    network = SerpMamba()
    before = [name for name, _ in network.named_parameters()]
    network(torch.randn(1, 1, 16, 16))
    assert [name for name, _ in network.named_parameters()] == before


def test_every_parameter_is_reached_by_the_loss() -> None:
    torch.manual_seed(0)
    network = SerpMamba()
    network(torch.randn(2, 1, 32, 32)).square().sum().backward()
    still = [name for name, p in network.named_parameters() if p.grad is None]
    assert still == []


def test_an_image_answers_the_same_alone_and_in_a_batch() -> None:
    torch.manual_seed(0)
    network, images = SerpMamba().eval(), torch.randn(3, 1, 32, 32)
    with torch.inference_mode():
        together = network(images)
        alone = torch.cat([network(image[None]) for image in images])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_weights_of_another_network_are_refused() -> None:
    state = SerpMamba(Design(scan="none", recalibrated=False)).state_dict()
    with pytest.raises(ValueError, match=r"weights: got .* allowed this network's"):
        build(state)


def test_weights_saved_in_halves_change_a_probability_by_less_than_a_hundredth() -> None:
    from heuresis.tools.medical.serp_mamba.network import vessel_probability

    torch.manual_seed(0)
    whole = SerpMamba().eval()
    state = {k: v.half().float() for k, v in whole.state_dict().items() if "num_batches" not in k}
    image = torch.randn(1, 1, 64, 64)
    with torch.inference_mode():
        gap = vessel_probability(whole, image) - vessel_probability(build(state), image)
    assert float(gap.abs().max()) < 0.01

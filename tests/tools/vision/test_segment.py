"""`vision.segment` on drawn pictures: masks, tree, prompts, refusals."""

import base64
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import numpy as np
import pictures
import pytest
from numpy.typing import NDArray

from heuresis.contract import Box, Quantity, Status
from heuresis.errors import OutOfDomainError, RequestError, ServiceError
from heuresis.serving.lab import Lab
from heuresis.settings import Settings, get_settings
from heuresis.tools.image.pixels import decode, encode
from heuresis.tools.vision.segment import SEGMENT, canonical, check_domain, check_result, grade
from heuresis.tools.vision.segment_answer import shown
from heuresis.tools.vision.segment_backends import Handfeat
from heuresis.tools.vision.segment_endpoint import Endpoint
from heuresis.tools.vision.segment_schema import Point, SegmentRequest, SegmentResponse
from heuresis.tools.vision.segment_weights import PublishedWeights

DISCS = pictures.discs()
BIG_DISC = (110, 80)  # x, y of its centre; radius 30


def asked(array: NDArray[Any], **fields: Any) -> SegmentRequest:
    ref = pictures.opened(array)
    request = SegmentRequest(image=ref, **fields).model_copy(update={"image": ref})
    return canonical(request)


def answered(array: NDArray[Any], **fields: Any) -> SegmentResponse:
    request = asked(array, **fields)
    check_domain(request)
    (response,) = Handfeat().run([request])
    check_result(request, response)
    return response


def drawn(response: SegmentResponse) -> list[NDArray[np.bool_]]:
    return [decode(one.mask.data or b"", one.mask.name) > 127 for one in response.masks]


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float((a & b).sum() / (a | b).sum())


def big_disc() -> NDArray[np.bool_]:
    y, x = np.mgrid[:128, :160]
    return (y - 80) ** 2 + (x - 110) ** 2 < 30**2


# --- masks and tree ---


def test_each_disc_is_found() -> None:
    masks = drawn(answered(DISCS))
    y, x = np.mgrid[:128, :160]
    for cy, cx, r in ((40, 40, 22), (80, 110, 30), (30, 120, 14)):
        disc = (y - cy) ** 2 + (x - cx) ** 2 < r**2
        assert max(iou(disc, mask) for mask in masks) > 0.85


def test_parts_lie_inside_their_wholes_and_links_are_the_parents() -> None:
    response = answered(pictures.fundus())
    masks = drawn(response)
    assert response.tree
    for parent, part in response.tree:
        assert parent < part
        assert not (masks[part] & ~masks[parent]).any()
        assert response.masks[part].parent == parent


def test_no_more_masks_than_asked() -> None:
    assert len(answered(pictures.fundus(), max_masks=5).masks) == 5


def test_only_the_kinds_asked_for_come_back() -> None:
    response = answered(DISCS, kinds=("instance",))
    assert {one.kind for one in response.masks} == {"instance"}


def test_a_larger_least_area_leaves_small_masks_out() -> None:
    response = answered(DISCS, min_area_share=0.05)
    assert 0 < len(response.masks) < len(answered(DISCS).masks)
    assert min(one.area.value for one in response.masks) > 0.03 * DISCS.size  # tokens, not pixels


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert answered(pictures.fundus()) == answered(pictures.fundus())


def test_sixteen_bits_give_the_masks_of_eight() -> None:
    wide = DISCS.astype(np.uint16) * 40 + 1_000
    best = max(iou(big_disc(), mask) for mask in drawn(answered(wide)))
    assert best > 0.85


def test_sixteen_bits_are_spread_over_all_greys() -> None:
    ramp = np.tile(np.linspace(1_000, 3_000, 256).astype(np.uint16), (64, 1))
    assert shown(ramp).min() == 0
    assert shown(ramp).max() == 255


def test_colour_and_grey_and_odd_sizes_are_taken() -> None:
    for array in (pictures.noise(33, 97), pictures.ct_slice(), pictures.fundus(100)):
        response = answered(array)
        assert all(mask.shape == array.shape[:2] for mask in drawn(response))


def test_a_light_page_is_a_page_but_a_dark_scan_is_not() -> None:
    check_domain(asked(pictures.ct_slice()))  # half of it is one black
    with pytest.raises(OutOfDomainError, match="page of text or a chart"):
        check_domain(asked(pictures.text_page()))


# --- prompts ---


def test_a_point_keeps_masks_that_hold_it() -> None:
    x, y = BIG_DISC
    response = answered(DISCS, points=(Point(x_px=x, y_px=y),))
    assert 0 < len(response.masks) < response.n_before_prompts
    assert all(mask[y, x] for mask in drawn(response))


def test_two_points_keep_masks_that_hold_both() -> None:
    points = (Point(x_px=40, y_px=40), Point(x_px=110, y_px=80))
    for mask in drawn(answered(DISCS, points=points)):
        assert mask[40, 40]
        assert mask[80, 110]


def test_a_box_keeps_the_mask_that_fits_it() -> None:
    frame = pictures.opened(DISCS)
    box = Box(x0_px=80, y0_px=50, x1_px=140, y1_px=110, frame=frame)
    (mask,) = drawn(answered(DISCS, boxes=(box,)))
    assert iou(big_disc(), mask) > 0.85


def test_granularity_goes_from_parts_to_wholes() -> None:
    area = {
        granularity: np.mean(
            [one.area.value for one in answered(pictures.fundus(), granularity=granularity).masks]
        )
        for granularity in ("fine", "medium", "coarse")
    }
    assert area["fine"] < area["medium"] < area["coarse"]


def test_a_point_where_nothing_is_gives_an_empty_answer_with_the_reason() -> None:
    request = asked(DISCS)
    response = answered(DISCS).model_copy(update={"masks": (), "tree": ()})
    told = grade(request, response)
    assert told.status == Status.EMPTY
    assert "holds the points" in told.reason


def test_equal_questions_are_one() -> None:
    points = (Point(x_px=5, y_px=6), Point(x_px=1, y_px=2))
    one = asked(DISCS, points=points, kinds=("semantic", "instance"))
    assert one == asked(DISCS, points=points[::-1])


# --- refusals ---


@pytest.mark.parametrize(
    ("array", "why"),
    [
        (pictures.flat(), "one shade everywhere"),
        (pictures.noise(16, 64), "sides from 32"),
        (pictures.text_page(), "page of text"),
    ],
)
def test_what_it_was_not_made_for_is_refused(array: NDArray[Any], why: str) -> None:
    with pytest.raises(OutOfDomainError, match=why):
        check_domain(asked(array))


def test_a_volume_is_refused(lab: Lab) -> None:
    volume = lab.vault.put(b"PK\x03\x04 a zip of slices")
    outcome = lab.run("vision.segment", {"image": volume})
    assert outcome.status == Status.FAILED
    assert "no PNG" in outcome.reason


def test_a_point_outside_is_refused_with_the_size() -> None:
    with pytest.raises(RequestError, match="inside 160 x 128 px"):
        check_domain(asked(DISCS, points=(Point(x_px=160, y_px=0),)))


def test_a_box_over_the_edge_is_refused_with_the_size() -> None:
    box = Box(x0_px=0, y0_px=0, x1_px=161, y1_px=9, frame=pictures.opened(DISCS))
    with pytest.raises(RequestError, match=r"up to \(160, 128\)"):
        check_domain(asked(DISCS, boxes=(box,)))


@pytest.mark.parametrize("thresholds", [(0.5, 0.6), (0.5, 0.5), (1.2, 0.5), (0.5, 0.0)])
def test_thresholds_that_do_not_fall_are_refused(thresholds: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="falling, between 0 and 1"):
        asked(DISCS, thresholds=thresholds)


def test_a_box_of_another_image_is_refused() -> None:
    box = Box(x0_px=0, y0_px=0, x1_px=9, y1_px=9, frame=pictures.opened(pictures.flat()))
    with pytest.raises(ValueError, match="frame that is another image"):
        asked(DISCS, boxes=(box,))


# --- postconditions ---


def _changed(response: SegmentResponse, **fields: Any) -> SegmentResponse:
    first = response.masks[0].model_copy(update=fields)
    return response.model_copy(update={"masks": (first, *response.masks[1:])})


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"area": Quantity.exact(5, "px")}, "area 5"),
        ({"area": Quantity.exact(5, "mm")}, "mm"),
        ({"score": Quantity.exact(2, "1")}, "score 2"),
        ({"id": 3}, "id 3"),
        ({"parent": 2}, "tree"),
    ],
)
def test_an_answer_that_is_not_what_it_says_is_refused(fields: Any, why: str) -> None:
    response = answered(DISCS)
    with pytest.raises(ServiceError, match=why):
        check_result(asked(DISCS), _changed(response, **fields))


def test_a_part_outside_its_whole_is_refused() -> None:
    response = answered(DISCS)
    inside = drawn(response)
    n = len(inside)
    pairs = ((i, j) for j in range(n) for i in range(j) if (inside[j] & ~inside[i]).any())
    whole, part = next(pairs)
    masks = list(response.masks)
    masks[part] = masks[part].model_copy(update={"parent": whole})
    tree = tuple((one.parent, one.id) for one in masks if one.parent is not None)
    bad = response.model_copy(update={"masks": tuple(masks), "tree": tree})
    with pytest.raises(ServiceError, match=f"mask {part} outside of {whole}"):
        check_result(asked(DISCS), bad)


# --- backends ---


def test_the_published_weights_say_why_they_are_absent() -> None:
    assert "released no weights" in (PublishedWeights().missing() or "")
    with pytest.raises(ServiceError, match="released no weights"):
        PublishedWeights().run([])


def test_the_default_needs_no_weights() -> None:
    assert SEGMENT.backends[0].name == "uniap-handfeat"


def test_an_endpoint_says_which_setting_it_lacks() -> None:
    assert "HEURESIS_ENDPOINTS" in (Endpoint().missing() or "")


class _Server(BaseHTTPRequestHandler):
    reply: bytes = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.reply)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Server]]:
    host = HTTPServer(("127.0.0.1", 0), _Server)
    Thread(target=host.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{host.server_port}/"
    monkeypatch.setenv("HEURESIS_ENDPOINTS", json.dumps({"vision.segment": address}))
    get_settings.cache_clear()
    yield _Server
    host.shutdown()
    host.server_close()


def test_an_endpoints_masks_come_back_with_its_name_and_licence(server: type[_Server]) -> None:
    mask = encode(np.where(big_disc(), 255, 0).astype(np.uint8))
    sent = {"mask": base64.b64encode(mask).decode(), "score": 0.9}
    server.reply = json.dumps({"name": "mine", "licence": "MIT", "masks": [sent]}).encode()
    request = asked(DISCS)
    assert Endpoint().missing() is None
    (response,) = Endpoint().run([request])
    check_result(request, response)
    assert response.source == "mine (MIT)"
    assert iou(drawn(response)[0], big_disc()) == 1


@pytest.mark.parametrize("reply", [b"hello", b"{}", b'{"name":"a","licence":"b","masks":[{}]}'])
def test_an_endpoint_that_talks_nonsense_has_failed(server: type[_Server], reply: bytes) -> None:
    server.reply = reply
    with pytest.raises(ServiceError, match="cannot be read"):
        Endpoint().run([asked(DISCS)])


def test_settings_name_endpoints_by_tool() -> None:
    assert Settings(endpoints={"vision.segment": "http://x"}).endpoints["vision.segment"]

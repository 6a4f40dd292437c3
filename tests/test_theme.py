"""Colours can be told apart and read, markers differ by shape."""

from itertools import combinations

import numpy as np
import pytest

from maps import theme

SIGHTS = {  # Machado, Oliveira and Fernandes (2009), severity 1
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}


def _seen(colours: tuple[str, ...], sight: str) -> np.ndarray:
    rgb = np.array([[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.asarray(SIGHTS[sight]).T, 0, 1)
    cone = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005]]  # fmt: skip
    lab = [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099],
           [0.0259040371, 0.7827717662, -0.808675766]]  # fmt: skip
    return np.cbrt(linear @ np.array(cone).T) @ np.array(lab).T


@pytest.mark.parametrize("sight", SIGHTS)
def test_cluster_fills_differ_from_each_other_for_every_sight(sight: str) -> None:
    seen = _seen(theme.CLUSTER_FILLS, sight)
    assert len(seen) == 6
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 0.08


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_sequential_ramp_darkens_evenly_for_every_sight(sight: str) -> None:
    steps = np.diff(_seen(theme.SEQUENTIAL, sight)[:, 0])
    assert (steps < -0.05).all()


def test_labels_read_on_every_fill() -> None:
    for fill in (*theme.CLUSTER_FILLS, theme.SEA, theme.LAND):
        assert theme.contrast(theme.INK, fill) >= 6.0


def test_texts_and_links_read_on_paper_and_sea() -> None:
    for colour in (theme.INK, theme.MUTED, theme.ACCENT, theme.HIGHLIGHT):
        assert theme.contrast(colour, theme.PAPER) >= 4.5
        assert theme.contrast(colour, theme.SEA) >= 4.5


def test_contrast_is_that_of_the_guidelines() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_markers_differ_by_shape_and_not_by_colour_alone() -> None:
    shapes = {name: tuple(shape.points for shape in marker.shapes) for name, marker in theme.MARKERS.items()}
    assert len(set(shapes.values())) == len(shapes)


def test_a_ramp_spans_the_whole_scale() -> None:
    assert theme.ramp(6) == theme.SEQUENTIAL
    assert theme.ramp(2) == (theme.SEQUENTIAL[0], theme.SEQUENTIAL[-1])
    assert len(set(theme.ramp(4))) == 4


@pytest.mark.parametrize("classes", [0, 7])
def test_a_ramp_refuses_classes_that_nobody_tells_apart(classes: int) -> None:
    with pytest.raises(ValueError, match="1 to 6"):
        theme.ramp(classes)


def test_colour_numbers_beyond_the_palette_start_over() -> None:
    assert theme.fill_of(7) == theme.CLUSTER_FILLS[1]

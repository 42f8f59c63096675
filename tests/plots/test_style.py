"""style: colours that everybody can read, and what a picture is."""

import base64
import io
import itertools
import struct
import threading

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from nnlib.plots import Picture, color, drawing, theme
from nnlib.plots.style import LARGE, MARKERS, diverging

ROLES = ("card", "ink", "faint", "class_0", "class_1", "third", "middle")

# Severity 1.0, for linear RGB: Machado, Oliveira and Fernandes 2009, "A
# physiologically-based model for simulation of color vision deficiency",
# IEEE Transactions on Visualization and Computer Graphics 15(6).
MACHADO = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "any": np.eye(3),
}
# IEC 61966-2-1 (sRGB): linear RGB to CIE XYZ under the white of D65.
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


@pytest.fixture(params=["light", "dark"])
def card(request):
    """Draw on each of the two cards, and put the light one back."""
    theme(request.param)
    yield request.param
    theme("light")


def settings():
    """Return matplotlib's settings; to look one up could load pyplot."""
    return dict(dict.items(mpl.rcParams))


def linear(code):
    """Return "#rrggbb" as linear RGB from 0 to 1."""
    srgb = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(
        srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4
    )


def contrast(one, other):
    """Return the contrast ratio of WCAG 2, from 1 to 21."""
    low, high = sorted(XYZ[1] @ linear(code) for code in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    """Return CIE L*a*b* of linear RGB."""
    ratio = XYZ @ rgb / XYZ.sum(axis=1)
    f = np.where(
        ratio > (6 / 29) ** 3,
        np.cbrt(ratio),
        ratio / (3 * (6 / 29) ** 2) + 4 / 29,
    )
    return np.array(
        [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
    )


def distance(one, other, vision):
    """Return Delta E (CIE 1976) of two colours as someone sees them."""
    seen = [
        np.clip(np.array(MACHADO[vision]) @ linear(code), 0, 1)
        for code in (one, other)
    ]
    return np.linalg.norm(lab(seen[0]) - lab(seen[1]))


def pixels(picture):
    """Return (width, height) from the header of a PNG."""
    assert picture.png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", picture.png[16:24])


# --- these instruments themselves -------------------------------------------


def test_black_on_white_has_the_contrast_that_wcag_gives():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_lab_of_white_and_of_red_are_the_published_ones():
    assert lab(linear("#ffffff")) == pytest.approx([100, 0, 0], abs=0.01)
    assert lab(linear("#ff0000")) == pytest.approx(
        [53.24, 80.09, 67.20], abs=0.05
    )


@pytest.mark.parametrize("vision", MACHADO)
def test_grey_looks_grey_to_everybody(vision):
    assert np.sum(MACHADO[vision], axis=1) == pytest.approx(1, abs=1e-5)


def test_the_instruments_find_a_pair_that_some_cannot_tell_apart():
    """Matplotlib's own green and red."""
    assert distance("#2ca02c", "#d62728", "any") > 100
    assert distance("#2ca02c", "#d62728", "deuteranopia") < 30


# --- colours ----------------------------------------------------------------


def test_ink_is_legible_on_the_card(card):
    assert contrast(color("ink"), color("card")) >= 4.5


@pytest.mark.parametrize("role", ["class_0", "class_1", "third"])
def test_what_is_drawn_stands_out_from_the_card(card, role):
    assert contrast(color(role), color("card")) >= 3


@pytest.mark.parametrize("vision", MACHADO)
def test_the_classes_look_different_to_everybody(card, vision):
    assert distance(color("class_0"), color("class_1"), vision) > 20


def test_the_classes_differ_in_their_markers_too():
    assert len(set(MARKERS)) == 2


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_a_colour_that_css_understands(card, role):
    assert color(role)[0] == "#"
    assert len(color(role)) == 7
    int(color(role)[1:], 16)


def test_the_colour_map_runs_from_class_0_to_class_1(card):
    codes = [mpl.colors.to_hex(diverging()(share)) for share in (0.0, 1.0)]
    assert codes == [color("class_0"), color("class_1")]


def test_the_two_cards_are_different(card):
    other = {"light": "dark", "dark": "light"}[card]
    here = color("card")
    theme(other)
    assert color("card") != here


@pytest.mark.parametrize("name", ["sepia", "Light", "", None, 1])
def test_an_unknown_theme_changes_nothing(name):
    before = color("card")
    with pytest.raises(ValueError, match="Needed: ") as caught:
        theme(name)
    assert str(caught.value) == (
        f'theme: name is {name!r}.\n  Needed: "light" or "dark".'
    )
    assert color("card") == before


# --- drawing and Picture ----------------------------------------------------


def rising(width=2.0, height=1.0):
    with drawing(width, height) as figure:
        figure.subplots().plot([1, 2, 4])
        return Picture(figure, "A rising curve.")


def test_a_picture_is_a_png_with_a_sentence():
    picture = rising()
    data, metadata = picture._repr_mimebundle_()
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert base64.b64decode(data["image/png"]) == picture.png
    assert data["text/plain"] == picture.alt == repr(picture)
    assert metadata["image/png"]["alt"] == "A rising curve."


@pytest.mark.parametrize("width", [2.0, 4.6, 6.4])
def test_a_picture_is_shown_at_100_points_an_inch_and_drawn_finer(width):
    picture = rising(width, 1.5)
    _, metadata = picture._repr_mimebundle_()
    assert metadata["image/png"]["width"] == round(100 * width)
    assert pixels(picture) == (int(144 * width), int(144 * 1.5))


def test_the_card_has_the_theme_s_colour(card):
    with drawing(2, 1) as figure:
        assert mpl.colors.to_hex(figure.get_facecolor()) == color("card")
        axes = figure.subplots()
        assert mpl.colors.to_hex(axes.get_facecolor()) == color("card")


def test_lines_differ_in_colour_and_in_dashes(card):
    with drawing(2, 1) as figure:
        axes = figure.subplots()
        lines = [axes.plot([0, i])[0] for i in range(4)]
    for one, other in itertools.combinations(lines, 2):
        assert one.get_color() != other.get_color()
        assert one.get_linestyle() != other.get_linestyle()


def test_a_reader_s_own_settings_are_put_aside_and_given_back():
    plain = rising().png
    with mpl.rc_context({"axes.facecolor": "red", "lines.linewidth": 9}):
        mine = settings()
        assert rising().png == plain
        assert settings() == mine


def test_a_drawing_waits_for_the_one_before():
    """Else the first one's end puts the settings back under the second."""
    alone = rising().png
    first_in, second_in, first_out = (threading.Event() for _ in range(3))
    pngs = {}

    def draw(name, entered, wait):
        with drawing(2.0, 1.0) as figure:
            entered.set()
            wait()
            figure.subplots().plot([1, 2, 4])
            pngs[name] = Picture(figure, "A rising curve.").png

    def first():
        draw("first", first_in, lambda: second_in.wait(0.3))
        first_out.set()

    def second():
        first_in.wait(10)
        draw("second", second_in, lambda: first_out.wait(10))

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert pngs == {"first": alone, "second": alone}


def test_settings_are_given_back_after_an_error():
    before = settings()
    with pytest.raises(ZeroDivisionError), drawing():
        1 / 0  # noqa: B018
    assert settings() == before


def test_a_large_picture_is_kept_in_fewer_colours():
    """It is a third as large, and no pixel is far from what it was."""
    noise = np.random.default_rng(0).random((160, 300))
    with drawing(6, 4) as figure:
        axes = figure.subplots()
        axes.imshow(noise, cmap=diverging(), interpolation="bicubic")
        axes.plot([0, 300], [0, 160], color="black")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
        picture = Picture(figure, "Noise.")
    whole, small = buffer.getvalue(), picture.png
    assert len(small) < len(whole) / 2
    before, after = (
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=float)
        for png in (whole, small)
    )
    assert before.shape == after.shape
    assert np.abs(before - after).mean() < 4
    assert np.abs(before - after).max() < 60


def test_a_small_picture_is_left_as_it_is():
    with drawing(2, 1) as figure:
        figure.subplots().plot([1, 2])
        picture = Picture(figure, "A line.")
    assert len(picture.png) < LARGE
    assert Image.open(io.BytesIO(picture.png)).mode == "RGBA"

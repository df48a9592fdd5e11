"""Runs inside GIMP: every function check_* is one check of the filter with a worker that adds 1 to each frame."""

import os
import struct

from gi.repository import Gegl, Gimp, Gio
from helpers import TYPES, call, names, picture, plus, read, run_checks, selection, write

arguments, said = globals()["arguments"], globals()["said"]


def check_three_procedures_are_registered():
    for name in ("plug-in-deep-dream", "plug-in-deep-dream-layers", "plug-in-deep-dream-animation"):
        procedure = Gimp.get_pdb().lookup_procedure(name)
        assert procedure.get_menu_paths() == ["<Image>/Filters/Deep Dream"], name
        assert procedure.get_blurb()


def check_frames_become_named_layers_of_a_new_image_bottom_first():
    image, layer = picture(kind="RGBA")
    before = read(layer)
    result = call(image, [layer], frames="3", delay="12")
    assert result.get_id() != image.get_id() and len(image.get_layers()) == 1
    assert names(result) == [f"Frame {n} (120ms) (replace)" for n in (3, 2, 1)]
    for number, frame in enumerate(result.get_layers()[::-1], 1):
        assert read(frame) == plus(before, number), number
    assert read(layer) == before


def check_a_layer_without_alpha_gets_frames_without_alpha():
    image, layer = picture()
    result = call(image, [layer], frames="1")
    assert not result.get_layers()[0].has_alpha()
    assert read(result.get_layers()[0]) == plus(read(layer), 1)


def check_frames_go_above_the_layer_and_one_undo_removes_them():
    image, layer = picture()
    image.insert_layer(layer.copy(), None, 0)
    assert call(image, [layer], frames="2", target="layers", delay="7").get_id() == image.get_id()
    assert names(image) == ["photo copy", "Frame 2 (70ms) (replace)", "Frame 1 (70ms) (replace)", "photo"], names(image)


def check_frames_go_into_a_group():
    image, layer = picture()
    call(image, [layer], frames="2", target="group", delay="7")
    group = image.get_layers()[0]
    assert group.is_group() and group.get_name() == "Deep Dream"
    assert [child.get_name() for child in group.get_children()] == [f"Frame {n} (70ms) (replace)" for n in (2, 1)]


def check_offsets_and_canvas_are_those_of_the_layer():
    image, layer = picture(offsets=(-3, 5), canvas=(20, 30))
    result = call(image, [layer], frames="1")
    assert (result.get_width(), result.get_height()) == (20, 30)
    assert tuple(result.get_layers()[0].get_offsets())[1:] == (-3, 5)
    call(image, [layer], frames="1", target="layers")
    assert tuple(image.get_layers()[0].get_offsets())[1:] == (-3, 5)


def check_only_the_selection_dreams():
    image, layer = picture(offsets=(2, 1), canvas=(20, 20), kind="RGBA")
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 4, 3, 3, 2)
    before, width = read(layer), 8
    after = read(call(image, [layer], frames="1").get_layers()[0])
    for y in range(6):
        for x in range(width):
            at = 4 * (y * width + x)
            inside = 2 <= x < 5 and 2 <= y < 4
            assert after[at : at + 4] == plus(before[at : at + 4], 1 if inside else 0), (x, y)


def check_a_feathered_selection_blends():
    image, layer = picture(40, 40, pixels=bytes([0, 0, 0, 255]) * 1600)
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 5, 5, 30, 30)
    Gimp.Selection.feather(image, 8)
    result = call(image, [layer], frames="60")
    top = read(result.get_layers()[0])
    soft = selection(image, 40)
    assert len(set(soft)) > 20
    for at, value in enumerate(soft):
        assert abs(top[4 * at] - 60 * value / 255) <= 1


def check_a_selection_beside_the_layer_is_refused():
    image, layer = picture(4, 4, canvas=(20, 20))
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 10, 3, 2)
    assert "does not touch" in call(image, [layer], fails=True)


def check_sixteen_bits_and_float_keep_their_values():
    for precision in (
        Gimp.Precision.U16_NON_LINEAR,
        Gimp.Precision.FLOAT_LINEAR,
        Gimp.Precision.HALF_NON_LINEAR,
        Gimp.Precision.U8_LINEAR,
        Gimp.Precision.U32_LINEAR,
    ):
        image, layer = picture(4, 4, precision=precision, kind="RGBA")
        values = [0.1 + 0.003 * number if number % 4 < 3 else 0.5 for number in range(64)]
        write(layer, struct.pack("<64f", *values), "R'G'B'A float")
        values = struct.unpack("<64f", read(layer, "R'G'B'A float"))
        result = call(image, [layer], frames="1")
        assert result.get_precision() == precision
        after = struct.unpack("<64f", read(result.get_layers()[0], "R'G'B'A float"))
        allowed = {Gimp.Precision.U8_LINEAR: 0.02, Gimp.Precision.HALF_NON_LINEAR: 5e-4}.get(precision, 3e-5)
        for index, (old, new) in enumerate(zip(values, after, strict=True)):
            assert abs(new - (old + 1 / 255 if index % 4 < 3 else old)) < allowed, (precision, old, new)


def check_a_wide_profile_is_kept_and_nothing_clips():
    image, layer = picture(2, 2, kind="RGBA")
    image.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())
    write(layer, bytes([0, 255, 0, 255, 0, 250, 10, 255, 255, 0, 0, 255, 9, 9, 9, 255]), "R'G'B'A u8")
    write(layer, struct.pack("<16f", *[-0.1, 0.9, -0.2, 1] * 4), "R'G'B'A float")
    before = struct.unpack("<16f", read(layer, "R'G'B'A float"))
    result = call(image, [layer], frames="1")
    assert result.get_color_profile() is not None
    after = struct.unpack("<16f", read(result.get_layers()[0], "R'G'B'A float"))
    assert min(before) < -0.01, before
    assert min(after) < -0.01, after


def check_grey_becomes_colour_in_a_new_image_and_stays_grey_in_its_own():
    image, layer = picture(kind="GRAY")
    before = read(layer)
    result = call(image, [layer], frames="1")
    assert result.get_base_type() == Gimp.ImageBaseType.RGB
    assert read(result.get_layers()[0]) == plus(before, 1)
    call(image, [layer], frames="1", target="layers")
    assert read(image.get_layers()[0]) == plus(before, 1)


def check_indexed_images_dream_into_a_new_image_and_say_so_otherwise():
    image, layer = picture()
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 255, False, False, "")
    before = read(layer)
    assert read(call(image, [layer], frames="1").get_layers()[0]) == plus(before, 1)
    assert "indexed" in call(image, [layer], frames="1", target="group", fails=True)
    assert len(image.get_layers()) == 1


def check_a_guide_is_sent():
    image, layer = picture(2, 2, pixels=bytes([0, 0, 0, 255]) * 4)
    _other, guide = picture(3, 3, pixels=bytes([10, 10, 10, 255]) * 9)
    assert read(call(image, [layer], frames="1", guide=guide).get_layers()[0])[0] == 11


def check_layer_masks_stay_with_their_layer():
    image, layer = picture()
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE))
    result = call(image, [layer], frames="1")
    assert result.get_layers()[0].get_mask() is None and layer.get_mask() is not None
    copy = call(image, [layer], "plug-in-deep-dream-layers")
    assert copy.get_layers()[0].get_mask() is not None


def check_every_layer_dreams_in_a_copy():
    image, layer = picture(kind="RGBA")
    second = layer.copy()
    image.insert_layer(second, None, 0)
    second.set_name("second (100ms)")
    second.set_offsets(1, 2)
    group = Gimp.GroupLayer.new(image, "inner")
    image.insert_layer(group, None, 0)
    third = layer.copy()
    image.insert_layer(third, group, 0)
    before = read(layer)
    result = call(image, [layer], "plug-in-deep-dream-layers")
    assert names(result) == names(image) == ["inner", "second (100ms)", "photo"]
    assert tuple(result.get_layers()[1].get_offsets())[1:] == (1, 2)
    for dreamed in (*result.get_layers()[1:], result.get_layers()[0].get_children()[0]):
        assert read(dreamed) == plus(before, 1)
    assert read(layer) == before


def check_every_layer_dreams_in_place():
    image, layer = picture(kind="RGBA")
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 1, 1)
    before = read(layer)
    result = call(image, [layer], "plug-in-deep-dream-layers", in_place="layers")
    assert result.get_id() == image.get_id()
    assert read(layer) == plus(before[:4], 1) + before[4:]


def check_layers_follow_each_other_where_that_is_asked_for():
    image, layer = picture(kind="RGBA")
    image.insert_layer(layer.copy(), None, 0)
    before = read(layer)
    result = call(image, [layer], "plug-in-deep-dream-layers", follow="0.5")
    assert [read(each) for each in result.get_layers()] == [plus(before, 3), plus(before, 1)]  # what follows has 2 more


def check_a_soft_selection_is_laid_over_a_layer_once_and_stays():
    image, layer = picture(40, 40, pixels=bytes([100, 100, 100, 255]) * 1600)
    _other, guide = picture(3, 3, pixels=bytes([99, 99, 99, 255]) * 9)  # a dream of 100 grey levels
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 5, 5, 30, 30)
    Gimp.Selection.feather(image, 8)
    soft, channels, selected = selection(image, 40), image.get_channels(), image.get_selected_layers()
    call(image, [layer], "plug-in-deep-dream-layers", in_place="layers", guide=guide)
    after = read(layer)
    assert len(set(soft)) > 20
    for at, value in enumerate(soft):
        assert abs(after[4 * at] - 100 - 100 * value / 255) <= 1, (at, value, after[4 * at])
    assert selection(image, 40) == soft
    assert (image.get_channels(), image.get_selected_layers()) == (channels, selected)


def check_a_layer_beyond_the_canvas_dreams_only_where_it_is_selected():
    image, layer = picture(8, 6, offsets=(-3, -2), canvas=(20, 20), kind="RGBA")
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 2, 2)
    before = read(layer)
    after = read(call(image, [layer], frames="1").get_layers()[0])
    for y in range(6):
        for x in range(8):
            at, inside = 4 * (y * 8 + x), 3 <= x < 5 and 2 <= y < 4
            assert after[at : at + 4] == plus(before[at : at + 4], 1 if inside else 0), (x, y)


def check_what_is_left_empty_is_as_the_recipe_says_and_nought_is_not():
    image, layer = picture()
    assert len(call(image, [layer], seed="0").get_layers()) == 3
    assert "=-1 is not allowed" in call(image, [layer], seed="1", octaves="-1", fails=True)
    assert "from 1 to 1000" in call(image, [layer], iterations="5000", fails=True)


def check_a_schedule_of_delays_names_each_layer():
    image, layer = picture()
    result = call(image, [layer], frames="3", delay="0:4, 2:8", iterations="0:2, 20:5")
    assert names(result) == [f"Frame {n} ({4 + 2 * (n - 1)}0ms) (replace)" for n in (3, 2, 1)], names(result)


def check_an_error_that_points_at_a_character_is_one_line():
    image, layer = picture()
    error = call(image, [layer], transform="chain(zom(0.1))", fails=True)
    assert error == 'unknown transform "zom" (did you mean "zoom"?): chain(▸zom(0.1))', error


def check_bad_arguments_are_one_sentence_and_change_nothing():
    image, layer = picture()
    assert call(image, [layer], layer="none", fails=True) == 'no layer "none"'
    assert "one layer" in call(image, [layer, layer], fails=True)
    assert "RuntimeError" in call(image, [layer], layer="crash", target="layers", fails=True)
    assert "/no/python" in call(image, [layer], python="/no/python", fails=True)
    assert "which file" in call(image, [layer], "plug-in-deep-dream-animation", fails=True)
    assert names(image) == ["photo"]


def check_a_large_picture_is_refused_with_advice():
    image, layer = large()
    assert "memory" in call(image, [layer], fails=True)
    image.delete()


def large():
    image = Gimp.Image.new(12000, 9000, Gimp.ImageBaseType.RGB)
    layer = Gimp.Layer.new(image, "large", 12000, 9000, TYPES["RGB"], 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    return image, layer


def check_a_worker_killed_in_mid_run_leaves_the_finished_frames():
    image, layer = picture()
    error = call(image, [layer], frames="100", layer="killed", target="layers", fails=True)
    assert "ended from outside" in error
    assert names(image) == ["Frame 2 (70ms) (replace)", "Frame 1 (70ms) (replace)", "photo"], names(image)


def check_layers_are_saved_as_an_animation():
    image, layer = picture()
    path = os.path.join(arguments[1], "animation.gif")
    call(image, [layer], "plug-in-deep-dream-animation", file=Gio.File.new_for_path(path), plays=3, ping_pong=True)
    assert os.path.getsize(path)


def check_context_and_undo_groups_are_closed():
    image, layer = picture()
    colour = Gegl.Color.new("red")
    Gimp.context_set_foreground(colour)
    call(image, [layer], frames="1", target="layers")
    call(image, [layer], layer="none", fails=True)
    assert Gimp.context_get_foreground().get_rgba() == colour.get_rgba()
    assert image.undo_is_enabled()


run_checks(globals())

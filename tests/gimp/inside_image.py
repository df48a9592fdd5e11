"""Runs inside GIMP: what is dreamed of an image of any kind, and where the frames go; see inside.py."""

import json
import os
import sys

from gi.repository import Gegl, Gimp, Gio
from helpers import TYPES, call, names, picture, plus, read, run_checks, write

arguments, said = globals()["arguments"], globals()["said"]
GREY = bytes([100, 100, 100, 255])


def grey(width=8, height=6, kind="RGBA", **more):
    return picture(width, height, kind=kind, pixels=GREY * (width * height), **more)


def inverted(layer):
    layer.append_filter(Gimp.DrawableFilter.new(layer, "gegl:invert-gamma", "invert"))


def first(image):
    """Return the first pixel of the lowest layer."""
    return list(read(image.get_layers()[-1])[:4])


def added(image, parent=None, name="more", value=200, width=8, height=6):
    layer = Gimp.Layer.new(image, name, width, height, TYPES["RGBA"], 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, parent, 0)
    write(layer, bytes([value, value, value, 255]) * (width * height))
    return layer


def check_a_layer_dreams_as_it_is_seen_with_its_filters():
    image, layer = grey()
    inverted(layer)
    assert first(call(image, [layer], frames="1")) == [156, 156, 156, 255]
    assert first(call(image, [layer], frames="1", source="stored")) == [101, 101, 101, 255]
    assert len(layer.get_filters()) == 1 and read(layer)[0] == 100


def check_a_filter_that_is_off_does_nothing():
    image, layer = grey()
    inverted(layer)
    layer.get_filters()[0].set_visible(False)
    assert first(call(image, [layer], frames="1"))[0] == 101


def check_a_mask_becomes_the_alpha_of_the_frames():
    image, layer = grey(kind="RGB")
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.BLACK))
    assert first(call(image, [layer], frames="1"))[3] == 0
    layer.set_apply_mask(False)
    assert not call(image, [layer], frames="1").get_layers()[0].has_alpha()


def check_a_group_dreams_with_the_filters_in_it_and_its_own():
    image, layer = grey()
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    child = added(image, group)
    inverted(child)
    assert first(call(image, [group], frames="1"))[0] == 56
    group.add_mask(group.create_mask(Gimp.AddMaskType.WHITE))
    inverted(group)
    assert first(call(image, [group], frames="1"))[0] == 201


def check_all_that_is_visible_dreams_where_it_is_asked_for():
    image, layer = grey()
    over = added(image, value=0)
    over.set_opacity(50)
    over.set_mode(Gimp.LayerMode.MULTIPLY)
    result = call(image, [layer], frames="1", source="visible")
    assert abs(first(result)[0] - 51) < 30 and first(result)[0] != 101
    assert tuple(result.get_layers()[0].get_offsets())[1:] == (0, 0)
    assert len(image.get_layers()) == 2


def with_fonts_a_text_layer_dreams():
    image, _layer = grey(60, 40)
    text = Gimp.TextLayer.new(image, "dream", Gimp.context_get_font(), 20, Gimp.Unit.pixel())
    image.insert_layer(text, None, 0)
    inverted(text)
    frame = call(image, [text], frames="1").get_layers()[0]
    assert (frame.get_width(), frame.get_height()) == (text.get_width(), text.get_height())


def check_link_and_vector_layers_of_gimp_3_2_dream_as_they_look():
    if not hasattr(Gimp, "LinkLayer"):
        return
    image, layer = grey()
    file = Gio.File.new_for_path(os.path.join(arguments[1], "linked.png"))
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None)
    link = Gimp.LinkLayer.new(image, file)
    path = Gimp.Path.new(image, "square")
    image.insert_path(path, None, 0)
    stroke = path.bezier_stroke_new_moveto(1, 1)
    for x, y in ((6, 1), (6, 5), (1, 5)):
        path.bezier_stroke_lineto(stroke, x, y)
    for special in (link, Gimp.VectorLayer.new(image, path)):
        image.insert_layer(special, None, 0)
        inverted(special)
        frame = call(image, [special], frames="1").get_layers()[0]
        assert (frame.get_width(), frame.get_height()) == (special.get_width(), special.get_height())
        name = special.get_name()
        call(image, [special], frames="1", target="replace")
        plain = next(each for each in image.get_layers() if each.get_name() == name)
        assert type(plain) is Gimp.Layer and read(plain) == read(frame)
    assert read(image.get_layer_by_name("linked.png"))[0] == 156


def check_what_cannot_dream_is_one_sentence():
    image, layer = grey()
    other, _other = grey()
    assert "another image" in call(other, [layer], fails=True)
    group = Gimp.GroupLayer.new(image, "empty")
    image.insert_layer(group, None, 0)
    inner = Gimp.GroupLayer.new(image, "empty, too")
    image.insert_layer(inner, group, 0)
    assert "empty" in call(image, [group], fails=True)
    bare = Gimp.Image.new(5, 5, Gimp.ImageBaseType.RGB)
    assert "no layer" in call(bare, [], "plug-in-deep-dream-layers", fails=True)
    file = Gio.File.new_for_path(os.path.join(arguments[1], "nothing.gif"))
    assert "nothing to save" in call(bare, [], "plug-in-deep-dream-animation", file=file, fails=True)
    assert "which folder" in call(image, [layer], target="folder", fails=True)


def check_frames_in_this_image_leave_selections_as_they_are():
    image, layer = grey()
    below = added(image)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 1, 1, 3, 2)
    before, count = list(Gimp.Selection.bounds(image)), len(Gimp.get_images())
    image.set_selected_layers([layer, below])
    call(image, [layer], frames="2", target="layers")
    assert {each.get_name() for each in image.get_selected_layers()} == {"photo", "more"}
    assert list(Gimp.Selection.bounds(image)) == before and image.get_channels() == []
    assert len(Gimp.get_images()) == count


def check_a_group_of_frames_is_selected_in_the_end():
    image, layer = grey()
    call(image, [layer], frames="2", target="group")
    assert [each.get_name() for each in image.get_selected_layers()] == ["Deep Dream"]


def check_the_last_frame_alone_in_an_image_of_its_own():
    image, layer = grey()
    result = call(image, [layer], frames="3", target="last", delay="7")
    assert names(result) == ["Frame 3 (70ms) (replace)"] and first(result)[0] == 103


def check_the_last_frame_as_one_layer_with_a_mode():
    image, layer = grey()
    call(image, [layer], frames="3", target="layer", mode="screen", opacity=40)
    top, bottom = image.get_layers()
    assert (top.get_mode(), round(top.get_opacity()), read(top)[0]) == (Gimp.LayerMode.SCREEN, 40, 103)
    assert bottom.get_id() == layer.get_id() and read(bottom)[0] == 100


def check_the_last_frame_in_place_of_the_layer():
    image, layer = grey()
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.BLACK))
    inverted(layer)
    call(image, [layer], frames="3", target="replace")
    assert names(image) == ["photo"] and read(layer)[0] == 158
    assert layer.get_mask() is not None and layer.get_filters() == []


def check_filters_stay_where_the_pixels_below_them_dream():
    image, layer = grey()
    inverted(layer)
    call(image, [layer], frames="1", target="replace", source="stored")
    assert read(layer)[0] == 101 and len(layer.get_filters()) == 1
    result = call(image, [layer], "plug-in-deep-dream-layers", source="stored")
    assert first(result)[0] == 102 and len(result.get_layers()[0].get_filters()) == 1


def check_the_last_frame_in_place_of_a_group():
    image, _layer = grey()
    group = Gimp.GroupLayer.new(image, "both")
    image.insert_layer(group, None, 0)
    added(image, group)
    call(image, [group], frames="2", target="replace")
    assert names(image) == ["both", "photo"] and read(image.get_layers()[0])[0] == 202
    assert not image.get_layers()[0].is_group()


def check_frames_go_into_a_folder_with_their_animation():
    image, layer = grey()
    folder = os.path.join(arguments[1], "frames")
    assert call(image, [layer], frames="3", target="folder", folder=Gio.File.new_for_path(folder)) is None
    assert sorted(os.listdir(folder)) == ["0.txt", "1.txt", "2.txt", "frames.gif"]


def stack_of_two(image, layer, kind):
    """Return a stack of two frames for an image in which somebody looks at them, as the plug-in makes it."""
    sys.path.insert(1, os.path.join(Gimp.directory(), "plug-ins", "deep-dream"))
    from pictures import Source
    from stacks import FrameStack
    from targets import ThisImage

    source = Source(image, layer)
    target = ThisImage(image, layer, kind, Gimp.LayerMode.NORMAL, 100, True)
    stack = FrameStack(source, target, {})
    stack.delays = [7, 7]
    for value in (1, 2):
        writer = stack.begin(source)
        writer.strip(0, 6, bytes([value, value, value, 255]) * 48)
        stack.end(writer)
    return stack


def check_one_layer_shows_the_newest_frame_until_all_come_in():
    image, layer = grey()
    below = added(image)
    image.set_selected_layers([below])
    stack = stack_of_two(image, layer, "layers")
    assert names(image) == ["more", "Dreaming ...", "photo"], names(image)
    assert read(image.get_layers()[1])[0] == 2
    image.remove_layer(layer)
    assert stack.close().get_id() == image.get_id()
    assert names(image) == ["Frame 2 (70ms) (replace)", "Frame 1 (70ms) (replace)", "more"], names(image)
    assert [each.get_name() for each in image.get_selected_layers()] == ["more"]


def check_frames_for_an_image_that_is_gone_keep_one_of_their_own():
    image, layer = grey()
    stack = stack_of_two(image, layer, "group")
    stack.target.shown = False  # here is no display
    image.delete()
    assert names(stack.close()) == ["Frame 2 (70ms) (replace)", "Frame 1 (70ms) (replace)"]


def check_results_are_named_after_picture_and_recipe():
    image, layer = grey()
    image.set_file(Gio.File.new_for_path(os.path.join(arguments[1], "leaf.xcf")))
    path = call(image, [layer], frames="1", recipe="other").get_file().get_path()
    assert path == os.path.join(arguments[1], "leaf-other.xcf")
    assert call(image, [layer], frames="1", recipe="other").get_name() == "leaf-other-2.xcf"
    assert call(image, [layer], "plug-in-deep-dream-layers", recipe="other").get_name() == "leaf-other-3.xcf"
    assert call(image, [layer], frames="1", recipe=None).get_name() == "leaf-dream.xcf"


def check_a_dream_can_be_dreamed_again_with_its_settings():
    image, layer = grey()
    result = call(image, [layer], frames="2", delay="9", recipe="other")
    again = call(result, result.get_layers()[:1], "plug-in-deep-dream-again")
    assert names(again) == names(result) and first(again) == first(result)
    assert len(call(result, [], "plug-in-deep-dream-again", frames="1").get_layers()) == 1
    image.delete()
    assert "Open it first" in call(result, [], "plug-in-deep-dream-again", fails=True)
    plain, layer = grey()
    assert "how it was dreamed" in call(plain, [layer], "plug-in-deep-dream-on", fails=True)


def check_a_dream_goes_on_from_its_last_frame():
    image, layer = grey()
    result = call(image, [layer], frames="2", delay="9")
    for frame in result.get_layers()[:1] * 2:  # the second time from where the first has come to
        call(result, [frame], "plug-in-deep-dream-on", frames="1")
    assert names(result) == [f"Frame {n} (90ms) (replace)" for n in (4, 3, 2, 1)], names(result)
    assert [read(frame)[0] for frame in result.get_layers()] == [104, 103, 102, 101]
    said = json.loads(bytes(result.get_layers()[0].get_parasite("deep-dream").get_data()).rstrip(b"\0"))
    assert (said["layers"], said["number"]) == (4, 3)
    call(image, [layer], frames="1", target="group", delay="9")
    group = image.get_layers()[0]
    call(image, group.get_children(), "plug-in-deep-dream-on", frames="1")
    assert len(group.get_children()) == 2


def check_partial_frames_of_an_animation_dream_and_come_back_whole():
    for place in ("new-image", "layers"):
        image, layer = grey(kind="RGBA")
        layer.set_name("first (100ms)")
        piece = added(image, name="second (50ms) (combine)", width=2, height=2)
        piece.set_offsets(3, 1)
        result = call(image, [layer], "plug-in-deep-dream-layers", in_place=place)
        assert names(result) == ["second (50ms) (replace)", "first (100ms)"], names(result)
        top = result.get_layers()[0]
        assert (top.get_width(), top.get_height()) == (8, 6)
        pixels = [read(top)[4 * (8 * y + x)] for y, x in ((0, 0), (1, 3), (2, 4), (3, 4))]
        assert pixels == [101, 201, 201, 101] and first(result)[0] == 101


def check_a_layer_that_is_too_small_stays_as_it_is():
    image, layer = grey()
    small = added(image, width=3, height=1)
    result = call(image, [layer], "plug-in-deep-dream-layers")
    assert [read(each)[0] for each in result.get_layers()] == [200, 101]
    assert "too small" in call(*lone(small), "plug-in-deep-dream-layers", fails=True)


def lone(layer):
    image = Gimp.Image.new(8, 6, Gimp.ImageBaseType.RGB)
    copy = Gimp.Layer.new_from_drawable(layer, image)
    image.insert_layer(copy, None, 0)
    return image, [copy]


def check_every_layer_dreams_with_its_filters_which_are_then_gone():
    image, layer = grey()
    inverted(layer)
    result = call(image, [layer], "plug-in-deep-dream-layers")
    assert first(result)[0] == 156 and result.get_layers()[0].get_filters() == []
    assert len(layer.get_filters()) == 1


def saved(image, name="saved.gif", **more):
    """Return how many frames were saved."""
    path = os.path.join(arguments[1], name)
    call(image, [], "plug-in-deep-dream-animation", file=Gio.File.new_for_path(path), **more)
    with open(path) as file:
        return int(file.read().split()[1])


def check_all_frames_of_a_group_are_saved_whatever_is_selected():
    image, layer = grey()
    call(image, [layer], frames="4", target="group")
    group = image.get_layers()[0]
    for selected in ([group], group.get_children()[:1], group.get_children(), [layer]):
        image.set_selected_layers(selected)
        assert saved(image) == 4, selected
    layer.set_name("photo (70ms)")
    image.set_selected_layers([layer])
    assert saved(image) == 2


def check_an_image_remembers_the_file_it_was_saved_as():
    image, _layer = grey()
    saved(image, "known.gif", plays=3)
    said = json.loads(bytes(image.get_parasite("deep-dream-animation").get_data()).rstrip(b"\0"))
    assert said["file"] == os.path.join(arguments[1], "known.gif") and said["options"]["plays"] == 3


def check_a_wrong_ending_is_said_before_anything_is_sent():
    image, _layer = grey()
    file = Gio.File.new_for_path(os.path.join(arguments[1], "a.bmp"))
    assert "bmp" in call(image, [], "plug-in-deep-dream-animation", file=file, fails=True)


def check_a_dream_of_a_channel():
    image, layer = grey()
    channel = Gimp.Channel.new(image, "channel", 8, 6, 50, Gegl.Color.new("red"))
    image.insert_channel(channel, None, 0)
    assert len(call(image, [channel], frames="1").get_layers()) == 1
    call(image, [channel], frames="1", target="layers")
    assert names(image)[1:] == ["photo"] and plus(read(layer), 0)[0] == 100


run_checks(globals())

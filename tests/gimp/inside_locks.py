"""Runs inside GIMP: layers that are locked, which GIMP leaves as they are without a word, or damaged; see inside.py."""

from gi.repository import Gimp
from helpers import TYPES, call, names, picture, read, run_checks, write

arguments, said = globals()["arguments"], globals()["said"]


def grey(value=100):
    return picture(8, 6, kind="RGBA", pixels=bytes([value, value, value, 255]) * 48)


def added(image, parent=None, value=200):
    layer = Gimp.Layer.new(image, "more", 8, 6, TYPES["RGBA"], 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, parent, 0)
    write(layer, bytes([value, value, value, 255]) * 48)
    return layer


def check_a_locked_layer_is_not_replaced_and_that_is_said():
    image, layer = grey()
    layer.set_lock_content(True)
    assert "photo are locked" in call(image, [layer], frames="2", target="replace", fails=True)
    call(image, [layer], frames="2", target="layers")
    assert len(names(image)) == 3 and read(layer)[0] == 100


def check_a_layer_in_a_locked_group_is_not_replaced_either():
    image, _layer = grey()
    group = Gimp.GroupLayer.new(image, "painting")
    image.insert_layer(group, None, 0)
    inside = added(image, group)
    group.set_lock_content(True)
    assert "painting are locked" in call(image, [inside], frames="2", target="replace", fails=True)
    assert read(inside)[0] == 200


def check_of_every_layer_a_locked_one_stays_as_it_is():
    image, layer = grey()
    layer.set_lock_content(True)
    other = added(image)
    call(image, [layer], "plug-in-deep-dream-layers", in_place="layers")
    assert [read(each)[0] for each in (layer, other)] == [100, 201]
    other.set_lock_content(True)
    assert "are locked" in call(image, [layer], "plug-in-deep-dream-layers", in_place="layers", fails=True)


def check_in_a_copy_locked_layers_dream_too():
    image, layer = grey()
    layer.set_lock_content(True)
    result = call(image, [layer], "plug-in-deep-dream-layers")
    assert read(result.get_layers()[0])[0] == 101 and layer.get_lock_content()


def check_damaged_notes_of_a_layer_are_as_if_they_were_not_there():
    image, layer = grey()
    for frame in call(image, [layer], frames="2", target="layers").get_layers()[:2]:
        for text in (b"{", b"[]", b'{"values": 3}', b'{"values": {"frames": "2"}, "picture": 5, "number": "x"}'):
            frame.attach_parasite(Gimp.Parasite.new("deep-dream", 1, text))
    for procedure in ("again", "on"):
        error = call(image, [layer], f"plug-in-deep-dream-{procedure}", fails=procedure == "again")
        assert procedure == "on" or "is not there" in error


run_checks(globals())

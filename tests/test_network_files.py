"""Networks on disk: the same when read again, and never half or damaged without a word."""

import dataclasses
import os

import numpy as np
import pytest

from pipeline.roads.generated import generated_roads
from pipeline.travel import network_files
from pipeline.travel.network import Network, build_network
from pipeline.travel.network_files import (
    CacheError,
    cache_key,
    cached_order,
    load_network,
    order_key,
    save_network,
)
from pipeline.travel.routing import Router
from pipeline.travel.snapping import at_nodes
from tests.networks import grid


def _network() -> Network:
    arcs = generated_roads(400, seed=2, one_way=0.3, private=0.3, islands=1)
    arcs = dataclasses.replace(arcs, node_names={"Ærø": 3, "Å": 1}, precision="approximate")
    return build_network(arcs)


def _equal(one: object, two: object) -> None:
    if dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            _equal(getattr(one, field.name), getattr(two, field.name))
    elif isinstance(one, np.ndarray):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)
    elif isinstance(one, dict):
        assert list(one) == list(two)
        for key in one:
            _equal(one[key], two[key])
    else:
        assert one == two


def test_a_network_comes_back_as_it_was_written(tmp_path) -> None:
    network = _network()
    save_network(network, tmp_path / "deep" / "network.npz")
    again = load_network(tmp_path / "deep" / "network.npz")
    _equal(network.arcs, again.arcs)
    _equal(network, again)
    points = at_nodes(np.arange(0, 400, 7))
    one, two = (Router(known).matrix(points, points).value for known in (network, again))
    np.testing.assert_array_equal(one, two)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["network.npz"]


def test_the_same_network_makes_the_same_bytes(tmp_path) -> None:
    for name in ("a.npz", "b.npz"):
        save_network(_network(), tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("keep", [0, 1, 50, 1000, 0.5, 0.99, -1])
def test_a_cut_off_file_is_told_as_damaged(tmp_path, keep) -> None:
    path = tmp_path / "network.npz"
    save_network(_network(), path)
    whole = path.read_bytes()
    size = int(len(whole) * keep) if isinstance(keep, float) else keep
    path.write_bytes(whole[:size])
    with pytest.raises(CacheError, match=r"network\.npz"):
        load_network(path)


def test_any_changed_byte_is_found(tmp_path) -> None:
    path = tmp_path / "network.npz"
    save_network(build_network(grid(3, 3)), path)
    whole = path.read_bytes()
    expected = load_network(path)
    rng = np.random.default_rng(0)
    refused = 0
    for at in rng.integers(0, len(whole), 150):
        broken = bytearray(whole)
        broken[at] ^= 0x55
        path.write_bytes(bytes(broken))
        try:
            _equal(load_network(path), expected)
        except CacheError:
            refused += 1
    assert refused > 50


def test_pickles_and_other_files_are_refused(tmp_path) -> None:
    path = tmp_path / "network.npz"
    np.savez(path, tail=np.array([{"a": 1}], dtype=object))
    with pytest.raises(CacheError):
        load_network(path)
    path.write_text("not an archive")
    with pytest.raises(CacheError):
        load_network(path)
    with pytest.raises(FileNotFoundError):
        load_network(tmp_path / "absent.npz")


def test_files_of_another_version_are_refused(tmp_path, monkeypatch) -> None:
    path = tmp_path / "network.npz"
    save_network(_network(), path)
    monkeypatch.setattr(network_files, "VERSION", network_files.VERSION + 1)
    with pytest.raises(CacheError):
        load_network(path)


def test_an_order_is_found_once_and_kept(tmp_path, monkeypatch) -> None:
    network = _network()
    order = cached_order(network, tmp_path)

    def never(*_: object) -> None:
        raise AssertionError("the order was made twice")

    monkeypatch.setattr(network_files, "order_vertices", never)
    np.testing.assert_array_equal(cached_order(network, tmp_path), order)
    assert Router(network, order).network is network
    assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_order_is_made_anew(tmp_path, caplog) -> None:
    network = _network()
    order = cached_order(network, tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    np.testing.assert_array_equal(cached_order(network, tmp_path), order)
    assert "damaged" in caplog.text
    network_files._save(path, "order", {"order": np.zeros(3, np.int32)})
    np.testing.assert_array_equal(cached_order(network, tmp_path), order)
    network_files._save(path, "order", {"other": np.zeros(3, np.int32)})
    np.testing.assert_array_equal(cached_order(network, tmp_path), order)


def test_a_folder_that_cannot_be_written_to_costs_no_result(tmp_path, monkeypatch, caplog) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert len(cached_order(_network(), tmp_path)) >= 400
    assert "No space left" in caplog.text
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match="No space"):
        save_network(_network(), tmp_path / "network.npz")
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_earlier_file(tmp_path, monkeypatch) -> None:
    path = tmp_path / "network.npz"
    save_network(_network(), path)
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(5, "broken")))
    with pytest.raises(OSError, match="broken"):
        save_network(build_network(grid(2, 2)), path)
    assert path.read_bytes() == before


def test_keys_differ_when_anything_they_stand_for_does() -> None:
    keys = {
        cache_key("a" * 64, {"speed": 50}),
        cache_key("a" * 64, {"speed": 51}),
        cache_key("b" * 64, {"speed": 50}),
        cache_key("a" * 64),
    }
    assert len(keys) == 4
    assert cache_key({"a": 1, "b": 2}) == cache_key({"b": 2, "a": 1})
    network = _network()
    faster = dataclasses.replace(
        network, arcs=dataclasses.replace(network.arcs, seconds=network.arcs.seconds / 2)
    )
    assert order_key(network) == order_key(faster)
    assert order_key(network) != order_key(build_network(grid(3, 3)))

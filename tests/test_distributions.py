"""Distributions are found by the names of their metadata folders."""

from treadle.distributions import Distribution, find_distributions


def test_the_first_folder_counts_and_names_are_normalized(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, names in (
        (first, ["Ruamel.yaml_clib-0.2.8.dist-info", "old-1.0.egg-info", "package"]),
        (second, ["ruamel_yaml-clib-9.9.dist-info", "new-2.0.dist-info", "no_version.dist-info"]),
    ):
        for name in names:
            (folder / name).mkdir(parents=True)
    paths = ["", str(first), str(first), str(tmp_path / "missing"), str(second)]
    assert find_distributions(paths) == {
        "ruamel-yaml-clib": Distribution("0.2.8", f"{first}/Ruamel.yaml_clib-0.2.8.dist-info"),
        "old": Distribution("1.0", f"{first}/old-1.0.egg-info"),
        "new": Distribution("2.0", f"{second}/new-2.0.dist-info"),
    }

"""Does a test do the same whatever is tested beside it, and before it?"""

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

CONFTEST = Path(__file__).parents[1] / "conftest.py"


def tried():
    """Numbers and words that a test of random ones tries."""
    found = []

    @settings(max_examples=100)
    @given(number=st.floats(0, 1e9), whole=st.integers(0, 10**9), word=st.text(max_size=20))
    def note(number, whole, word):
        found.append((number, whole, word))

    note()
    return found


def test_what_is_tried_does_not_depend_on_the_modules_that_are_loaded(tmp_path):
    before = tried()
    path = tmp_path / "company.py"
    path.write_text(
        f"A = {[1000 * k + 0.125 for k in range(1, 200)]}\nB = {list(range(1000, 1200))}\nC = 'odd'"
    )
    spec = importlib.util.spec_from_file_location("company", path)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "company", module)
        spec.loader.exec_module(module)
        assert tried() == before


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_an_order_shuffles_files_and_their_tests_and_keeps_files_together(seed, request):
    conftest = request.config.pluginmanager.get_plugin(str(CONFTEST))
    given = [SimpleNamespace(path=file, name=k) for file in "abcdef" for k in range(6)]
    items, again = given.copy(), given.copy()
    for each in (items, again):
        conftest.pytest_collection_modifyitems(SimpleNamespace(getoption=lambda name: seed), each)
    assert items == again
    assert (items == given) is (seed is None)
    assert sorted(items, key=given.index) == given
    files = [item.path for item in items]
    assert len([k for k in range(1, len(files)) if files[k] != files[k - 1]]) == 5

"""Archives as trees of their members."""

from search.port import Passage, Place
from service.web.record import trees


def a_list(*names: str, texts: tuple[int, ...] = ()) -> list[Passage]:
    inner = [Passage(Place("part", number, "x"), "文字") for number in texts]
    return [Passage(Place("part", 1), "\n".join(names)), *inner]


def lines(branch: trees.Branch, depth: int = 0) -> list[str]:
    found = []
    for one in branch.sorted:
        found += ["  " * depth + one.name + (f" {one.anchor}" if one.anchor else ""), *lines(one, depth + 1)]
    return found


def test_members_stand_in_their_folders_and_lead_to_their_text() -> None:
    made = trees.tree(a_list("说明.txt", "合同/甲.pdf", "合同/附图/乙.png", texts=(2, 3)))
    assert made
    assert made.count == 3
    assert lines(made.root) == ["合同", "  附图", "    乙.png", "  甲.pdf part-3", "说明.txt part-2"]


def test_hostile_names_make_no_endless_tree() -> None:
    made = trees.tree(a_list("/".join("a" * 500), "..\\..\\etc/passwd", "<script>"))
    assert made
    depth, at = 0, made.root
    while at.branches:
        depth, at = depth + 1, next(iter(at.branches.values()))
    assert depth == trees.MAX_DEPTH
    assert {".." in made.root.branches, "<script>" in made.root.branches} == {True}


def test_a_long_list_is_cut_and_says_so() -> None:
    made = trees.tree(a_list(*(f"{number}.txt" for number in range(trees.MAX_MEMBERS + 5))))
    assert made
    assert (made.count, made.cut, made.open) == (trees.MAX_MEMBERS + 5, True, False)
    assert len(made.root.branches) == trees.MAX_MEMBERS


def test_what_lists_nothing_is_no_tree() -> None:
    assert trees.tree([Passage(Place("line", 1), "正文")]) is None

"""Video and audio: what they state of themselves, their poster, their subtitles, the writing in their pictures."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from ingest import texts
from ingest.tasks.extract import Finding
from search.port import Passage, Place
from tests.ingest import films, scans

Read = Callable[..., Finding]

SIZE = (640, 360)


def passages(found: Finding) -> list[Passage]:
    return list(texts.load([found.text])) if found.text else []


def slogan() -> Image.Image:
    return scans.written(["春日轻食新品上市"], SIZE, letters=48)


def test_a_film_states_its_length_size_and_title(read: Read) -> None:
    found = read(films.film([scans.photograph().resize(SIZE)] * 2), "广告.mp4")
    assert (found.family, found.warning) == ("video", "")
    facts = found.facts
    assert abs(float(facts["duration"]) - 8) < 0.5
    assert (facts["width"], facts["height"], facts["video_codec"], facts["title"]) == (
        "640",
        "360",
        "mpeg4",
        "春日轻食广告片",
    )
    assert Passage(Place("whole", 1), "春日轻食广告片") in passages(found)


def test_the_poster_is_the_liveliest_picture_and_not_the_black_beginning(read: Read) -> None:
    black = Image.new("RGB", SIZE, "black")
    found = read(films.film([black, black, slogan(), black]), "广告.mp4")
    poster = Image.open(io.BytesIO(found.preview)).convert("L")
    assert poster.getextrema()[1] > 200


def test_what_is_written_in_a_film_is_found_at_its_second(recognised: Read) -> None:
    plain = scans.photograph().resize(SIZE)
    found = recognised(films.film([plain, slogan(), slogan(), plain]), "广告.mp4")
    (passage,) = [passage for passage in passages(found) if passage.place.kind == "second"]
    assert passage.text == "春日轻食新品上市"
    assert 4 <= passage.place.number < 8
    assert "recognised" not in found.facts


def test_subtitles_are_text_with_their_second(read: Read) -> None:
    found = read(films.subtitled([(1, "欢迎收看"), (5, "本期介绍渠道下沉"), (41, "谢谢观看")]), "节目.mkv")
    assert passages(found) == [
        Passage(Place("second", 1), "欢迎收看\n本期介绍渠道下沉"),
        Passage(Place("second", 41), "谢谢观看"),
    ]


def test_a_song_states_its_tags(read: Read) -> None:
    found = read(films.song(), "主题曲.mp3")
    assert (found.family, found.facts["title"], found.facts["author"]) == (
        "audio",
        "品牌主题曲",
        "青禾合唱团",
    )
    assert float(found.facts["duration"]) > 0.5
    assert found.preview == b""


def test_a_tone_has_a_length(read: Read) -> None:
    found = read(films.tone(3), "录音.wav")
    assert (found.facts["duration"], found.facts["audio_codec"], found.warning) == (
        "3.00",
        "pcm_s16le",
        "no_text",
    )


@pytest.mark.parametrize("cut", [100, 3000])
def test_a_film_that_is_cut_off_is_damaged(jailed: Read, cut: int) -> None:
    found = jailed(films.film([slogan()])[:cut], "断.mp4")
    assert (found.warning, found.family, found.preview) == ("damaged", "video", b"")


def test_a_film_is_read_inside_a_jail(jailed: Read) -> None:
    found = jailed(films.film([slogan()]), "广告.mp4")
    assert (found.warning, bool(found.preview), found.unread) == ("", True, (1, 3))

"""Where table versions are kept: the file and the memory. The topic is tested on a broker."""

import pytest

from cdc.errors import CdcError, StoreFailed
from cdc.history import FileHistory, KafkaHistory, MemoryHistory


@pytest.fixture(params=["file", "memory"])
def history(request, tmp_path):
    made = FileHistory(tmp_path / "deep" / "history.dat") if request.param == "file" else MemoryHistory()
    yield made
    made.close()


def read(history):
    return [record.strip() for record in history.records()]


def test_records_come_back_in_order(history):
    history.create()
    for number in range(3):
        history.append(b"{%d}" % number)
    history.flush(5)

    assert read(history) == [b"{0}", b"{1}", b"{2}"]


def test_a_history_that_was_never_written_is_empty(history):
    assert read(history) == []


def test_a_file_is_continued_by_the_next_process(tmp_path):
    path = tmp_path / "history.dat"
    for text in (b"{1}", b"{2}"):
        history = FileHistory(path)
        history.append(text)
        history.flush(5)
        history.close()

    assert path.read_bytes() == b"{1}\n{2}\n"


def test_a_record_that_was_cut_off_is_left_out_and_overwritten(tmp_path):
    path = tmp_path / "history.dat"
    path.write_bytes(b"{1}\n{2")
    history = FileHistory(path)
    assert read(history) == [b"{1}"]

    history.append(b"{3}")
    history.flush(5)
    history.close()

    assert path.read_bytes() == b"{1}\n{3}\n"


def test_empty_lines_are_no_records(tmp_path):
    path = tmp_path / "history.dat"
    path.write_bytes(b"{1}\n\n{2}\n")

    assert read(FileHistory(path)) == [b"{1}", b"{2}"]


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path):
    with pytest.raises(CdcError) as caught:
        list(FileHistory(tmp_path).records())
    assert caught.value.code == "HW-HISTORY-002"

    with pytest.raises(CdcError) as caught:
        FileHistory(tmp_path).append(b"{}")
    assert caught.value.code == "HW-HISTORY-001"


def test_what_one_start_could_not_write_is_not_held_against_the_next():
    nowhere = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0}
    history = KafkaHistory("history", nowhere)
    history.append(b"{}")
    with pytest.raises(StoreFailed):
        history.flush(0.2)
    history.close()
    history.flush(0.1)

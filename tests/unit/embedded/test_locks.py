"""Locks between processes, here between two open files."""

from pathlib import Path

from supportapp.embedded.locks import FileLock


def test_an_exclusive_lock_keeps_others_out_until_released(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "a.lock"), FileLock(tmp_path / "a.lock")
    assert first.acquire()
    assert not second.acquire(timeout=0)
    assert second.is_held()
    first.release()
    assert second.acquire(timeout=0)
    second.release()


def test_users_share_and_keep_the_keeper_waiting(tmp_path: Path) -> None:
    users = [FileLock(tmp_path / "users.lock") for _ in range(2)]
    keeper = FileLock(tmp_path / "users.lock")
    assert all(user.acquire(shared=True, timeout=0) for user in users)
    assert not keeper.acquire(timeout=0)
    users[0].release()
    assert not keeper.acquire(timeout=0.05)
    users[1].release()
    assert keeper.acquire(timeout=0)
    keeper.release()


def test_a_note_in_the_lock_is_read_by_whoever_finds_it(tmp_path: Path) -> None:
    with FileLock(tmp_path / "a.lock") as lock:
        lock.write("http://127.0.0.1:8000/ and more")
        lock.write("http://127.0.0.1:9/")
        assert (tmp_path / "a.lock").read_text() == "http://127.0.0.1:9/"

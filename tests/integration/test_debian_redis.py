"""Production's Redis instead of Valkey: the same queue, the same channel layer."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from asgiref.sync import async_to_sync
from channels_redis.pubsub import RedisPubSubChannelLayer

from supportapp.celery import app as celery_app
from supportapp.embedded import ports

pytestmark = pytest.mark.redis

PASSWORD = "production-has-one"
TASK = "supportapp.outbox.tasks.relay"


class DebianRedis:
    """A redis-server, started as docker-compose.yml starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = ports.any_free()
        self.url = f"redis://:{PASSWORD}@{ports.HOST}:{self.port}/0"
        self.client = redis.Redis.from_url(self.url, decode_responses=True)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *("redis-server", "--port", str(self.port), "--bind", ports.HOST),
                *("--appendonly", "yes", "--maxmemory-policy", "noeviction"),
                *("--requirepass", PASSWORD, "--dir", str(self.folder)),
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while not self.answers():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DebianRedis]:
    running = DebianRedis(tmp_path)
    yield running
    running.client.close()
    running.kill()


def test_a_queued_task_survives_the_death_of_redis(server: DebianRedis) -> None:
    with celery_app.connection_for_write(server.url) as connection:
        celery_app.send_task(TASK, connection=connection)
    time.sleep(1.2)  # Redis writes to disk every second
    server.kill()
    server.start()
    (message,) = server.client.lrange("celery", 0, -1)
    assert json.loads(message)["headers"]["task"] == TASK


def test_a_task_that_was_taken_but_not_acknowledged_can_be_taken_again(
    server: DebianRedis,
) -> None:
    options = {"visibility_timeout": 1, "unacked_restore_throttle": 1}
    with celery_app.connection_for_write(server.url) as connection:
        celery_app.send_task(TASK, connection=connection)
    taker = celery_app.connection_for_read(server.url).clone(transport_options=options)
    with taker, taker.SimpleQueue("celery") as queue:
        assert queue.get(timeout=5).headers["task"] == TASK
        time.sleep(1.5)
        queue.channel.qos.restore_visible(interval=1)
        again = queue.get(timeout=5)
        assert again.headers["task"] == TASK
        again.ack()
    assert server.client.llen("celery") == 0


def test_groups_reach_other_processes(server: DebianRedis) -> None:
    async def send_and_receive() -> object:
        sender, receiver = (RedisPubSubChannelLayer(hosts=[server.url]) for _ in range(2))
        channel = await receiver.new_channel()
        await receiver.group_add("turn.1", channel)
        await sender.group_send("turn.1", {"type": "frame", "seq": 1})
        received = await receiver.receive(channel)
        await sender.flush()
        await receiver.flush()
        return received

    assert async_to_sync(send_and_receive)() == {"type": "frame", "seq": 1}

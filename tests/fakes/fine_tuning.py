"""The fake model server's files and fine-tuning jobs: what was sent, and how jobs go on.

server.tuning.looks = 1            # a job succeeds when it is looked at the second time
server.tuning.fail_with = "exceeded_quota"
server.fault("cut", on="fine_tuning").once()   # begun, but nobody hears of it
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.replies import RecordedRequest

_PART = re.compile(
    rb'name="file"; filename="(?P<name>[^"]*)".*?\r\n\r\n(?P<content>.*?)\r\n--', re.DOTALL
)


@dataclass
class Tuning:
    """All files and jobs that the server was told of."""

    looks: int = 1
    fail_with: str = ""
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    looked: dict[str, int] = field(default_factory=dict)

    def handle(self, request: RecordedRequest) -> tuple[int, dict[str, Any]]:
        """Do what a request asks for; returns the status and the reply."""
        path = request.path.partition("?")[0]
        if path.endswith("/files"):
            return self._upload(request) if request.method == "POST" else self._list_files()
        if path.endswith("/fine_tuning/jobs"):
            return self._begin(request) if request.method == "POST" else self._list_jobs()
        key, _, rest = path.rpartition("/fine_tuning/jobs/")[2].partition("/")
        job = self.jobs.get(key)
        if job is None:
            return 404, {"error": {"message": "no such job", "code": "not_found"}}
        if rest == "cancel":
            job["status"] = "cancelled"
        elif rest == "events":
            event = {
                "id": f"ev-{key}", "object": "fine_tuning.job.event", "created_at": 1,
                "level": "info", "message": f"The job is {job['status']}", "type": "message",
            }  # fmt: skip
            return 200, {"object": "list", "data": [event], "has_more": False}
        else:
            self._go_on(job)
        return 200, job

    def _upload(self, request: RecordedRequest) -> tuple[int, dict[str, Any]]:
        found = _PART.search(request.raw)
        assert found is not None, "no file in the upload"
        key = f"file-{len(self.files) + 1}"
        self.files[key] = (found["name"].decode(), found["content"])
        return 200, self._file(key)

    def _list_files(self) -> tuple[int, dict[str, Any]]:
        return 200, {
            "object": "list",
            "data": [self._file(key) for key in self.files],
            "has_more": False,
        }

    def _file(self, key: str) -> dict[str, Any]:
        name, content = self.files[key]
        return {
            "id": key, "object": "file", "bytes": len(content), "created_at": 1,
            "filename": name, "purpose": "fine-tune", "status": "processed",
        }  # fmt: skip

    def _begin(self, request: RecordedRequest) -> tuple[int, dict[str, Any]]:
        given = request.body
        if given.get("training_file") not in self.files:
            return 400, {"error": {"message": "no such file", "code": "invalid_file"}}
        key = f"ftjob-{len(self.jobs) + 1}"
        self.jobs[key] = {
            "id": key, "object": "fine_tuning.job", "created_at": 1, "status": "queued",
            "model": given["model"], "fine_tuned_model": None, "finished_at": None,
            "hyperparameters": {}, "organization_id": "org", "result_files": [], "error": None,
            "seed": given.get("seed", 0), "trained_tokens": None,
            "training_file": given["training_file"],
            "validation_file": given.get("validation_file"), "metadata": given.get("metadata"),
            "method": given.get("method"), "suffix": given.get("suffix"),
        }  # fmt: skip
        return 200, self.jobs[key]

    def _list_jobs(self) -> tuple[int, dict[str, Any]]:
        return 200, {"object": "list", "data": list(self.jobs.values()), "has_more": False}

    def _go_on(self, job: dict[str, Any]) -> None:
        if job["status"] not in {"queued", "running"}:
            return
        self.looked[job["id"]] = self.looked.get(job["id"], 0) + 1
        if self.looked[job["id"]] <= self.looks:
            job["status"] = "running"
        elif self.fail_with:
            job["status"] = "failed"
            job["error"] = {"code": self.fail_with, "message": "It failed.", "param": None}
        else:
            job["status"] = "succeeded"
            job["fine_tuned_model"] = f"ft:{job['model']}:{job['suffix'] or ''}:{job['id']}"
            content = self.files[job["training_file"]][1]
            job["trained_tokens"] = len(content) // 4

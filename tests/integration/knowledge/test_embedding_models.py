"""A second embedding model: added, filled beside the searches, switched to and back, removed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from supportapp.knowledge import embedders, embeddings, filling, switching, tasks
from supportapp.knowledge.embedders import Endpoint, Purpose
from supportapp.knowledge.models import (
    Article,
    EmbeddingModel,
    Passage,
    PassageEmbedding,
    Workspace,
)
from supportapp.knowledge.switching import Refused
from supportapp.outbox.models import OutboxEvent
from tests.factories import ArticleFactory, WorkspaceFactory
from tests.fakes.model_server import ModelServer

State = EmbeddingModel.State


@pytest.fixture
def server(workspace: Workspace) -> Iterator[ModelServer]:
    with ModelServer(dimension=8) as server:
        yield server
        embedders.forget()


def endpoint(server: ModelServer, **more: object) -> Endpoint:
    values: dict[str, object] = {"base_url": server.base_url, "batch": 16} | more
    return Endpoint("second", EmbeddingModel.Kind.OPENAI, **values)  # type: ignore[arg-type]


def published(**more: object) -> Article:
    article: Article = ArticleFactory(is_published=True, **more)
    assert article.published is not None
    embeddings.embed_revision(article.published.pk)
    return article


@pytest.fixture
def second(server: ModelServer) -> EmbeddingModel:
    """A model that was added when an article was there already."""
    published()
    return switching.add(endpoint(server))


def filled(model: EmbeddingModel) -> EmbeddingModel:
    filling.start(model)
    while filling.run(model.pk):
        pass
    model.refresh_from_db()
    return model


def sent(server: ModelServer) -> list[str]:
    """The texts that were sent to be embedded, but the probe's."""
    requests = [request for request in server.requests if request.path.endswith("/embeddings")]
    return [text for request in requests for text in request.body["input"] if text != "dimension"]


class TestAdding:
    def test_the_endpoint_is_asked_for_its_dimension(self, second: EmbeddingModel):
        assert (second.dimension, second.state, second.is_paused) == (8, State.FILLING, True)

    def test_nothing_is_sent_before_the_fill_is_started(
        self, server: ModelServer, second: EmbeddingModel
    ):
        published()
        tasks.embed_missing()

        assert sent(server) == []

    @pytest.mark.parametrize(
        ("fault", "reason"),
        [
            ("401", "refuses the key"),
            ("404", "doesn’t know this address"),
            ("429", "asks to wait"),
            ("500", "is failing"),
            ("html", "doesn’t speak the protocol"),
            ("too_few", "other than one vector"),
            ("zero_vector", "without a direction"),
        ],
    )
    def test_what_is_wrong_with_an_endpoint_is_said_and_nothing_is_kept(
        self, server: ModelServer, fault: str, reason: str
    ):
        server.fault(fault, on="embeddings", **({"retry_after": 90} if fault == "429" else {}))

        with pytest.raises(Refused, match=reason):
            switching.add(endpoint(server))
        assert not EmbeddingModel.objects.filter(name="second").exists()

    def test_silence_ends_at_the_deadline(
        self, server: ModelServer, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(switching, "PROBE_SECONDS", 0.2)
        server.fault("hang", on="embeddings")

        with pytest.raises(Refused, match="didn’t answer in time"):
            switching.add(endpoint(server))

    def test_nobody_listening_is_said(self, server: ModelServer):
        server.stop()

        with pytest.raises(Refused, match="can’t be reached"):
            switching.add(endpoint(server))

    def test_a_name_is_given_once(self, server: ModelServer, second: EmbeddingModel):
        with pytest.raises(Refused, match="There is a model"):
            switching.add(endpoint(server))

    def test_vectors_too_long_for_half_precision_are_refused(self, workspace: Workspace):
        with ModelServer(dimension=4001) as long, pytest.raises(Refused, match="at most 4000"):
            switching.add(endpoint(long))

    def test_vectors_too_long_for_whole_numbers_are_indexed_by_halves(self, workspace: Workspace):
        published()
        with ModelServer(dimension=3072) as long:
            model = filled(switching.add(endpoint(long)))

        assert (model.state, filling.missing(model)) == (State.STANDBY, 0)

    def test_the_key_comes_from_its_variable_and_stays_out_of_the_database(
        self, server: ModelServer, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("EMBEDDING_KEY_SECOND", "secret-key")

        switching.add(endpoint(server, key_variable="EMBEDDING_KEY_SECOND", served_name="theirs"))

        (request,) = server.requests
        assert request.headers["authorization"] == "Bearer secret-key"
        assert request.body["model"] == "theirs"
        assert "secret-key" not in str(EmbeddingModel.objects.filter(name="second").values())

    def test_the_key_of_the_openai_address_is_sent_nowhere_else(
        self, server: ModelServer, settings: Settings
    ):
        settings.OPENAI_API_KEY = "the-companys"

        switching.add(endpoint(server))

        assert "the-companys" not in server.requests[0].headers["authorization"]


class TestFilling:
    def test_everything_live_gets_a_vector_and_the_model_stands_by(self, second: EmbeddingModel):
        published(title="Refunds")

        model = filled(second)

        assert (model.state, filling.missing(model)) == (State.STANDBY, 0)

    def test_equal_texts_are_sent_once_also_across_workspaces(
        self, server: ModelServer, second: EmbeddingModel
    ):
        published(workspace=WorkspaceFactory(slug="other"))
        published(workspace=WorkspaceFactory(slug="third"))

        model = filled(second)

        assert len(sent(server)) == 1
        assert PassageEmbedding.objects.filter(model=model, state="ready").count() == 3

        published(workspace=WorkspaceFactory(slug="fourth"))
        assert len(sent(server)) == 1, "the vector of an equal text is copied"

    def test_a_fill_that_was_killed_goes_on_where_it_stopped(
        self, server: ModelServer, second: EmbeddingModel, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(filling, "BATCH", 1)
        published(title="Refunds")
        published(title="Invoices")
        filling.start(second)

        assert filling.run(second.pk, seconds=0), "one batch, and there is more to do"
        before = len(sent(server))
        filled(second)

        assert (before, len(sent(server))) == (1, 3)

    def test_the_worker_takes_slices_until_it_is_done(self, second: EmbeddingModel):
        filling.start(second)
        event = OutboxEvent.objects.get(task=filling.FILL)

        tasks.fill_model(**event.payload, event_id=str(event.pk))

        event.refresh_from_db()
        second.refresh_from_db()
        assert (event.state, second.state) == ("done", State.STANDBY)
        assert OutboxEvent.objects.filter(task=filling.FILL).count() == 1

    def test_a_fill_whose_worker_died_is_taken_up_again(self, second: EmbeddingModel):
        filling.start(second)
        OutboxEvent.objects.all().delete()

        assert tasks.go_on_filling() == 0
        EmbeddingModel.objects.update(touched_at=timezone.now() - timedelta(minutes=2))
        assert tasks.go_on_filling() == 1
        assert OutboxEvent.objects.filter(task=filling.FILL).exists()

    def test_a_pause_holds_until_the_fill_is_started_again(
        self, server: ModelServer, second: EmbeddingModel
    ):
        filling.start(second)
        assert filling.pause(second)

        assert not filling.run(second.pk)
        assert sent(server) == []
        assert filled(second).state == State.STANDBY

    def test_a_server_that_asks_to_wait_is_waited_for(
        self, server: ModelServer, second: EmbeddingModel
    ):
        server.fault("429", on="embeddings", retry_after=0.1).once()

        assert filled(second).state == State.STANDBY

    @pytest.mark.parametrize("fault", ["wrong_dimension", "too_few", "401"])
    def test_a_failing_model_stops_its_fill_says_why_and_is_tried_later(
        self, server: ModelServer, second: EmbeddingModel, fault: str
    ):
        server.fault(fault, on="embeddings")
        filling.start(second)

        assert not filling.run(second.pk)

        second.refresh_from_db()
        assert (second.state, second.failures) == (State.FILLING, 1)
        assert second.error
        assert not PassageEmbedding.objects.filter(model=second, state="ready").exists()
        soon, later = (timezone.now() + timedelta(seconds=each) for each in (60, 120))
        assert (filling.unfinished(soon), filling.unfinished(later)) == ([], [second.pk])

    def test_a_silent_model_stops_its_fill_at_the_deadline(
        self, server: ModelServer, second: EmbeddingModel, monkeypatch: pytest.MonkeyPatch
    ):
        patience = (0.2, embedders.PATIENCE[Purpose.FILLING][1])
        monkeypatch.setitem(embedders.PATIENCE, Purpose.FILLING, patience)
        server.fault("hang", on="embeddings")
        filling.start(second)

        assert not filling.run(second.pk)
        second.refresh_from_db()
        assert "timeout" in second.error

    def test_progress_tells_how_much_is_left_and_how_long_it_takes(self, second: EmbeddingModel):
        published(title="Refunds")
        second.passages_per_second = 4.0

        found = filling.progress(second)

        assert (found.ready, found.total, found.seconds_left) == (0, 2, 0.5)

    def test_publications_are_embedded_with_every_live_model(self, second: EmbeddingModel):
        model = filled(second)

        published(title="Refunds")

        assert PassageEmbedding.objects.filter(state="ready").count() == 4
        assert filling.missing(model) == 0


class TestSwitching:
    def test_a_switch_counts_from_the_next_call_on(self, second: EmbeddingModel):
        switched = switching.switch(filled(second))

        assert embeddings.current_embedder().name == "second"
        assert switched.before is not None
        assert switched.before.state == State.STANDBY
        assert embeddings.ensure_current_model().name == "second"

    def test_a_model_that_lacks_vectors_is_refused_with_their_number(self, second: EmbeddingModel):
        with pytest.raises(Refused, match="no vector for 1 passage yet"):
            switching.switch(second)
        assert embeddings.current_embedder().name == "all-MiniLM-L6-v2"

    def test_forced_it_answers_at_once_and_the_rest_is_made_later(self, second: EmbeddingModel):
        switched = switching.switch(second, force=True)

        later = timezone.now() + timedelta(minutes=5)
        assert switched.missing == 1
        assert embeddings.embed_missing(later).ready == 1
        assert filling.missing(switched.now) == 0

    def test_the_model_before_is_kept_up_to_date_and_takes_over_again(self, second: EmbeddingModel):
        switching.switch(filled(second))
        published(title="Refunds")

        switched = switching.rollback()

        assert (switched.now.name, switched.missing) == ("all-MiniLM-L6-v2", 0)
        assert embeddings.current_embedder().name == "all-MiniLM-L6-v2"

    def test_without_a_model_before_there_is_no_way_back(self, second: EmbeddingModel):
        with pytest.raises(Refused, match="No model"):
            switching.rollback()

    def test_the_active_model_is_not_switched_to(self, workspace: Workspace):
        with pytest.raises(Refused, match="is the active model"):
            switching.switch(EmbeddingModel.objects.get())


class TestRemoving:
    def test_vectors_index_and_row_go(self, second: EmbeddingModel):
        model = filled(second)

        assert switching.retire(model) == 1
        published(title="Refunds")
        event = OutboxEvent.objects.get(task=switching.REMOVE)
        tasks.remove_model(**event.payload, event_id=str(event.pk))

        assert not EmbeddingModel.objects.filter(name="second").exists()
        assert PassageEmbedding.objects.count() == Passage.objects.count() == 2
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s)", [f"embedding_vector_{model.pk}"])
            assert cursor.fetchone()[0] is None

    def test_removing_twice_does_no_harm(self, second: EmbeddingModel):
        switching.retire(second)

        assert (switching.remove(second.pk), switching.remove(second.pk)) == (0, 0)

    def test_the_active_model_stays(self, workspace: Workspace):
        with pytest.raises(Refused, match="switch to another one first"):
            switching.retire(EmbeddingModel.objects.get())

    def test_a_model_that_is_being_removed_is_not_switched_to(self, second: EmbeddingModel):
        model = filled(second)
        switching.retire(model)

        with pytest.raises(Refused, match="is being removed"):
            switching.switch(model)

# Generated from mappings/contract.yml by `python -m model_logs.generate`: change that file, not this one.
"""What type checkers and editors see of the logger's methods; what runs is in `events.py`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

NOT_CALLED: frozenset[str]

class EventMethods:
    def _emit(self, event_type: str, fields: dict[str, Any]) -> None: ...
    def prediction(
        self,
        *,
        model_name: str,
        latency_ms: float,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        prediction_label: str | None = None,
        prediction_score: float | None = None,
        batch_size: int | None = None,
        variant: Literal["control", "canary", "shadow"] | None = None,
        fallback_level: int | None = None,
        cache_hit: bool | None = None,
        circuit_state: Literal["closed", "open", "half_open"] | None = None,
        http_response_status_code: int | None = None,
        http_request_method: str | None = None,
        url_path: str | None = None,
        features: Mapping[str, object] | None = None,
        gen_ai_provider_name: str | None = None,
        gen_ai_request_model: str | None = None,
        gen_ai_response_model: str | None = None,
        gen_ai_usage_input_tokens: int | None = None,
        gen_ai_usage_output_tokens: int | None = None,
        gen_ai_response_finish_reasons: str | None = None,
        gen_ai_response_time_to_first_chunk: float | None = None,
        feature_freshness_s: float | None = None,
        drift_score: float | None = None,
        prediction_quality: float | None = None,
        gpu_utilization_pct: float | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A model answered, or failed to answer, a request for one prediction or one batch of them.

        Args:
            model_name: The model's name in its registry.
            latency_ms: The duration of the prediction, or of the request of an access line. In ms.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            prediction_label: The predicted class.
            prediction_score: The predicted probability or value.
            batch_size: The number of rows in one call.
            variant: The arm of a rollout that answered.
            fallback_level: The part that answered: 0 the model, 1 a cached prediction, 2 a simpler model, 3 rules, 4 a safe default.
            cache_hit: The answer came from a cache.
            circuit_state: The circuit breaker before the model.
            http_response_status_code: The status of the HTTP answer.
            http_request_method: The method of the HTTP request.
            url_path: The path of the HTTP request, without its query.
            features: The inputs of the prediction, for a sample of the requests: names with numbers or short keywords; bounded in number and length.
            gen_ai_provider_name: The provider of the language model: openai, anthropic, aws.bedrock, ….
            gen_ai_request_model: The requested language model.
            gen_ai_response_model: The language model that answered.
            gen_ai_usage_input_tokens: Tokens of the prompt. In tokens.
            gen_ai_usage_output_tokens: Tokens of the answer. In tokens.
            gen_ai_response_finish_reasons: Why the answer ended: stop, length, tool_calls, …; for several choices all reasons, with commas.
            gen_ai_response_time_to_first_chunk: The time from the request to the first part of a streamed answer. In s.
            feature_freshness_s: Age of the youngest features used. In s.
            drift_score: Distance of the data in service from the training data.
            prediction_quality: Share of predictions that turned out right.
            gpu_utilization_pct: GPU use while predicting.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def quality(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        latency_ms: float | None = None,
        feature_freshness_s: float | None = None,
        drift_score: float | None = None,
        prediction_quality: float | None = None,
        gpu_utilization_pct: float | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A measurement of a model in service: drift, freshness, quality, GPU use.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            latency_ms: The duration of the prediction, or of the request of an access line. In ms.
            feature_freshness_s: Age of the youngest features used. In s.
            drift_score: Distance of the data in service from the training data.
            prediction_quality: Share of predictions that turned out right.
            gpu_utilization_pct: GPU use while predicting.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def registered(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A model was registered for the first time.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag: The tag's name.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def version_created(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A new version of a model was registered.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag: The tag's name.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def transitioned(
        self,
        *,
        model_name: str,
        stage: Literal["none", "staging", "production", "archived"],
        model_version: str | int | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A version moved from one stage to another, or failed to.

        Args:
            model_name: The model's name in its registry.
            stage: The stage, lower case.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag: The tag's name.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def deployed(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A version was put into service, or failed to be.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag: The tag's name.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def archived(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A version was archived.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag: The tag's name.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def deleted(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A model or one of its versions was deleted.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag: The tag's name.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def renamed(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        previous_name: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A model was given another name.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag: The tag's name.
            tag_value: The tag's value.
            previous_name: The model's name before it was renamed.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def rolled_back(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """An earlier version was put back into service.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag: The tag's name.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def approved(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A person or a rule approved a version.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag: The tag's name.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def rejected(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A person or a rule rejected a version.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag: The tag's name.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def alias_set(
        self,
        *,
        model_name: str,
        alias: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """An alias such as champion was pointed at a version.

        Args:
            model_name: The model's name in its registry.
            alias: The alias that was set or removed.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            tag: The tag's name.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def alias_removed(
        self,
        *,
        model_name: str,
        alias: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        tag: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """An alias was removed.

        Args:
            model_name: The model's name in its registry.
            alias: The alias that was set or removed.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            tag: The tag's name.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def tag_set(
        self,
        *,
        model_name: str,
        tag: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A tag was set on a model or a version.

        Args:
            model_name: The model's name in its registry.
            tag: The tag's name.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def tag_deleted(
        self,
        *,
        model_name: str,
        tag: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        http_response_status_code: int | None = None,
        previous_stage: Literal["none", "staging", "production", "archived"] | None = None,
        previous_version: str | int | None = None,
        user: str | None = None,
        registry: str | None = None,
        run_id: str | None = None,
        delivery_id: str | None = None,
        alias: str | None = None,
        tag_value: str | None = None,
        reason: str | None = None,
        reconciled: bool | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A tag was removed.

        Args:
            model_name: The model's name in its registry.
            tag: The tag's name.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            http_response_status_code: The status of the HTTP answer.
            previous_stage: The stage before.
            previous_version: The version before, in the same place.
            user: The author of the change, or the person who ran the gate or experiment.
            registry: The registry: mlflow, wandb, or a name of your own.
            run_id: The training run.
            delivery_id: The webhook's delivery.
            alias: The alias that was set or removed.
            tag_value: The tag's value.
            reason: Why.
            reconciled: Found later by comparing with the registry, not reported by it.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def baseline_recorded(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        user: str | None = None,
        run_id: str | None = None,
        metrics: Mapping[str, float] | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """The figures of a version were stored as the baseline for comparisons.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            user: The author of the change, or the person who ran the gate or experiment.
            run_id: The training run.
            metrics: The metrics of the training run or of the baseline; bounded in number.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def drift_detected(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        feature_freshness_s: float | None = None,
        drift_score: float | None = None,
        reason: str | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """The input or the output of a model drifted away from its training data.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            feature_freshness_s: Age of the youngest features used. In s.
            drift_score: Distance of the data in service from the training data.
            reason: Why.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def circuit_opened(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        circuit_state: Literal["closed", "open", "half_open"] | None = None,
        reason: str | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A circuit breaker opened: calls to the model stop, a fallback answers.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            circuit_state: The circuit breaker before the model.
            reason: Why.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def circuit_closed(
        self,
        *,
        model_name: str,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        circuit_state: Literal["closed", "open", "half_open"] | None = None,
        reason: str | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A circuit breaker closed: the model gets requests again.

        Args:
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            circuit_state: The circuit breaker before the model.
            reason: Why.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def chaos_started(
        self,
        *,
        experiment_id: str,
        experiment_name: str,
        model_name: str | None = None,
        model_version: str | int | None = None,
        user: str | None = None,
        experiment_target: str | None = None,
        experiment_outcome: Literal["completed", "deviated", "failed", "aborted", "interrupted"] | None = None,
        experiment_deviated: bool | None = None,
        experiment_duration_s: float | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A chaos experiment began.

        Args:
            experiment_id: One run of an experiment.
            experiment_name: The experiment.
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            user: The author of the change, or the person who ran the gate or experiment.
            experiment_target: The part that was disturbed.
            experiment_outcome: The end of the experiment.
            experiment_deviated: The steady state did not hold.
            experiment_duration_s: The duration of the experiment. In s.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def chaos_finished(
        self,
        *,
        experiment_id: str,
        experiment_name: str,
        model_name: str | None = None,
        model_version: str | int | None = None,
        user: str | None = None,
        experiment_target: str | None = None,
        experiment_outcome: Literal["completed", "deviated", "failed", "aborted", "interrupted"] | None = None,
        experiment_deviated: bool | None = None,
        experiment_duration_s: float | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A chaos experiment ended.

        Args:
            experiment_id: One run of an experiment.
            experiment_name: The experiment.
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            user: The author of the change, or the person who ran the gate or experiment.
            experiment_target: The part that was disturbed.
            experiment_outcome: The end of the experiment.
            experiment_deviated: The steady state did not hold.
            experiment_duration_s: The duration of the experiment. In s.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def gate_passed(
        self,
        *,
        gate_id: str,
        gate_name: str,
        model_name: str | None = None,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        user: str | None = None,
        reason: str | None = None,
        experiment_id: str | None = None,
        experiment_name: str | None = None,
        gate_objective: str | None = None,
        gate_value: float | None = None,
        gate_threshold: float | None = None,
        gate_events: int | None = None,
        gate_evidence_sha256: str | None = None,
        gate_window_s: float | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A release gate found every check within its objective.

        Args:
            gate_id: One run of a gate.
            gate_name: The gate.
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            user: The author of the change, or the person who ran the gate or experiment.
            reason: Why.
            experiment_id: One run of an experiment.
            experiment_name: The experiment.
            gate_objective: The objective that decided.
            gate_value: What was measured for it.
            gate_threshold: What it was compared with.
            gate_events: How many events it was judged by.
            gate_evidence_sha256: SHA-256 of the file with the evidence.
            gate_window_s: Length of the window that was judged. In s.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def gate_failed(
        self,
        *,
        gate_id: str,
        gate_name: str,
        model_name: str | None = None,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        user: str | None = None,
        reason: str | None = None,
        experiment_id: str | None = None,
        experiment_name: str | None = None,
        gate_objective: str | None = None,
        gate_value: float | None = None,
        gate_threshold: float | None = None,
        gate_events: int | None = None,
        gate_evidence_sha256: str | None = None,
        gate_window_s: float | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A release gate found a check outside its objective.

        Args:
            gate_id: One run of a gate.
            gate_name: The gate.
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            user: The author of the change, or the person who ran the gate or experiment.
            reason: Why.
            experiment_id: One run of an experiment.
            experiment_name: The experiment.
            gate_objective: The objective that decided.
            gate_value: What was measured for it.
            gate_threshold: What it was compared with.
            gate_events: How many events it was judged by.
            gate_evidence_sha256: SHA-256 of the file with the evidence.
            gate_window_s: Length of the window that was judged. In s.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def gate_inconclusive(
        self,
        *,
        gate_id: str,
        gate_name: str,
        model_name: str | None = None,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        user: str | None = None,
        reason: str | None = None,
        experiment_id: str | None = None,
        experiment_name: str | None = None,
        gate_objective: str | None = None,
        gate_value: float | None = None,
        gate_threshold: float | None = None,
        gate_events: int | None = None,
        gate_evidence_sha256: str | None = None,
        gate_window_s: float | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A release gate had too little data to decide.

        Args:
            gate_id: One run of a gate.
            gate_name: The gate.
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            user: The author of the change, or the person who ran the gate or experiment.
            reason: Why.
            experiment_id: One run of an experiment.
            experiment_name: The experiment.
            gate_objective: The objective that decided.
            gate_value: What was measured for it.
            gate_threshold: What it was compared with.
            gate_events: How many events it was judged by.
            gate_evidence_sha256: SHA-256 of the file with the evidence.
            gate_window_s: Length of the window that was judged. In s.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def gate_overridden(
        self,
        *,
        gate_id: str,
        gate_name: str,
        model_name: str | None = None,
        model_version: str | int | None = None,
        stage: Literal["none", "staging", "production", "archived"] | None = None,
        user: str | None = None,
        reason: str | None = None,
        experiment_id: str | None = None,
        experiment_name: str | None = None,
        gate_objective: str | None = None,
        gate_value: float | None = None,
        gate_threshold: float | None = None,
        gate_events: int | None = None,
        gate_evidence_sha256: str | None = None,
        gate_window_s: float | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """A person went on in spite of a release gate that did not pass.

        Args:
            gate_id: One run of a gate.
            gate_name: The gate.
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            stage: The stage, lower case.
            user: The author of the change, or the person who ran the gate or experiment.
            reason: Why.
            experiment_id: One run of an experiment.
            experiment_name: The experiment.
            gate_objective: The objective that decided.
            gate_value: What was measured for it.
            gate_threshold: What it was compared with.
            gate_events: How many events it was judged by.
            gate_evidence_sha256: SHA-256 of the file with the evidence.
            gate_window_s: Length of the window that was judged. In s.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def alert_fired(
        self,
        *,
        alert_rule: str,
        alert_id: str,
        model_name: str | None = None,
        model_version: str | int | None = None,
        alert_severity: Literal["critical", "warning", "info"] | None = None,
        alert_value: float | None = None,
        alert_threshold: float | None = None,
        alert_channel: str | None = None,
        alert_may_repeat: bool | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """An alert's condition became true.

        Args:
            alert_rule: The rule's id.
            alert_id: The alert: the rule and the object that it fired for.
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            alert_severity: P1, P2 or P3.
            alert_value: What was measured.
            alert_threshold: What it was compared with.
            alert_channel: The name of the channel that got the message.
            alert_may_repeat: Sent again after a crash; the first may have arrived.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """
    def alert_recovered(
        self,
        *,
        alert_rule: str,
        alert_id: str,
        model_name: str | None = None,
        model_version: str | int | None = None,
        alert_severity: Literal["critical", "warning", "info"] | None = None,
        alert_value: float | None = None,
        alert_threshold: float | None = None,
        alert_channel: str | None = None,
        alert_may_repeat: bool | None = None,
        status: Literal["success", "error", "timeout", "failed", "cancelled", "invalid"] = "success",
        level: str | None = None,
        logger: str | None = None,
        message: str | None = None,
        error_type: str | None = None,
        error_message: str | None = None,
        error_stack_trace: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
        tags: Sequence[str] | None = None,
        labels: Mapping[str, object] | None = None,
        request_id: str | None = None,
        event_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> None:
        """An alert's condition is no longer true.

        Args:
            alert_rule: The rule's id.
            alert_id: The alert: the rule and the object that it fired for.
            model_name: The model's name in its registry.
            model_version: Its version as the registry writes it: 3, v3.2.1, champion.
            alert_severity: P1, P2 or P3.
            alert_value: What was measured.
            alert_threshold: What it was compared with.
            alert_channel: The name of the channel that got the message.
            alert_may_repeat: Sent again after a crash; the first may have arrived.
            status: The result. error, timeout and failed count as failures; invalid is a 4xx, the caller's fault.
            level: The level, lower case, if there is one.
            logger: The logger's name, if a logging library wrote the event.
            message: A sentence for people.
            error_type: The class of the exception.
            error_message: The message of the exception, redacted.
            error_stack_trace: The stack, redacted.
            trace_id: The distributed trace.
            span_id: The span within the trace.
            tags: Marks that logger and shippers set, such as `truncated`.
            labels: Your own names and values, as keywords; bounded in number.
            request_id: The id of the request; the same in every service that it passes.
            event_id: The event's own id, such as a webhook's delivery id, instead of the writer's.
            timestamp: The time of the event, if that is not now.
        """

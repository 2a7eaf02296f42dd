"""Access lines of Envoy and Istio in JSON, of every kind, and which requests are predictions."""

from __future__ import annotations

from typing import Any

__all__ = ["ACCESS_LINES", "OTHER_LINES"]

OTHER_LINES = """\
predictions:
  - {path: "/v2/models/{model}/infer"}
  - {path: "/v2/models/{model}/versions/{version}/infer"}
  - {path: /v1/chat/completions, model: llama}
  - {path: /inference.GRPCInferenceService/ModelInfer, model: triton}
ignore: [/healthz]
"""
# Istio's own names (accessLogEncoding: JSON).
_LINE: dict[str, Any] = {
    "start_time": "2026-01-15T10:30:00.000Z",
    "method": "POST",
    "path": "/v2/models/fraud/infer?api_key=S3cretS3cretS3cret",
    "protocol": "HTTP/1.1",
    "response_code": 200,
    "response_flags": "-",
    "response_code_details": "via_upstream",
    "connection_termination_details": None,
    "upstream_transport_failure_reason": None,
    "bytes_received": 120,
    "bytes_sent": 33,
    "duration": 12,
    "upstream_service_time": "11",
    "x_forwarded_for": None,
    "user_agent": "python-httpx/0.27",
    "request_id": "7c8ecd5a-2f0b-9d3e-b0b3-1d3a9a6b1a10",
    "authority": "triton:8000",
    "upstream_host": "10.0.0.7:8000",
    "upstream_cluster": "outbound|8000||triton.default.svc.cluster.local",
    "downstream_remote_address": "10.0.0.9:41234",
    "requested_server_name": None,
    "route_name": "default",
}
_CHANGED: dict[str, dict[str, Any]] = {
    "answered": {},
    "a client that left": {"response_code": 0, "response_flags": "DC", "duration": 500},
    "a client that left in a stream": {"response_flags": "DC"},
    "a limit of the proxy's": {"response_code": 504, "response_flags": "UT"},
    "a limit, without a flag": {"response_code": 408},
    "the flag's long name": {"response_code": 504, "response_flags": "StreamIdleTimeout"},
    "no connection": {"response_code": 503, "response_flags": "UF,URX"},
    "a stream that the model's server cut": {"response_flags": "UR"},
    "refused": {"response_code": 422},
    "too many": {"response_code": 429, "response_flags": "RL"},
    "nobody knows the flag": {"response_code": 200, "response_flags": "ZZ"},
    "no request at all": {"method": None, "path": None, "response_code": 400, "response_flags": "DPE"},
    "numbers as text": {"response_code": "200", "duration": "12"},
    "a version in the path": {"path": "/v2/models/fraud/versions/3/infer"},
    "no id": {"request_id": "-"},
    "a trace": {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"},
    "vLLM": {"path": "/v1/chat/completions"},
    "Triton by gRPC": {"path": "/inference.GRPCInferenceService/ModelInfer", "grpc_status": "OK"},
    "gRPC unavailable": {"path": "/inference.GRPCInferenceService/ModelInfer", "grpc_status": "Unavailable"},
    "gRPC by number": {"path": "/inference.GRPCInferenceService/ModelInfer", "grpc_status": 4},
    "gRPC, in capitals": {"path": "/inference.GRPCInferenceService/ModelInfer", "grpc_status": "INVALID_ARGUMENT"},
    "another page": {"method": "GET", "path": "/metrics"},
    "a health check": {"method": "GET", "path": "/healthz"},
    "no time": {"start_time": "-"},
    "no number": {"response_code": "abc"},
    "a code that is none": {"response_code": 9999},
    "true": {"response_code": True},
    "objects": {"path": ["x"], "response_code": {"a": 1}},
    "a long number": {"duration": "9" * 5000},
    "a negative duration": {"duration": -5},
}
ACCESS_LINES = {name: {**_LINE, **changed} for name, changed in _CHANGED.items()}

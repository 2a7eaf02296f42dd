"""Steady-state objectives: what a model is held to, read from `chaos/` for gates, rules and experiments."""

from model_logs.objectives.models import ModelEntry, Models, load_models
from model_logs.objectives.objective import FOLDER, Objective, Objectives, load_objectives

__all__ = ["FOLDER", "ModelEntry", "Models", "Objective", "Objectives", "load_models", "load_objectives"]

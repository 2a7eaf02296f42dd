"""What each generated file is made of; run by `model_logs.generate`, by nothing else."""

"""Detectors: rules and models that score messages, each with its own tests."""

from detection_stream.detectors.detector import ATTACK_TYPES, SEVERITIES, Detector, State
from detection_stream.detectors.expression import Expression, compile_expression
from detection_stream.detectors.linear_model import LinearModel, load_model
from detection_stream.detectors.loader import load_rule
from detection_stream.detectors.registry import DetectorSet, load_detector, load_detectors
from detection_stream.detectors.rule import Rule, RuleTest

__all__ = [
    "ATTACK_TYPES",
    "SEVERITIES",
    "Detector",
    "DetectorSet",
    "Expression",
    "LinearModel",
    "Rule",
    "RuleTest",
    "State",
    "compile_expression",
    "load_detector",
    "load_detectors",
    "load_model",
    "load_rule",
]

"""Detectors: rules over signals, each with its weight, its context and its own tests."""

from detection_stream.detectors.expression import Expression, compile_expression
from detection_stream.detectors.loader import load_rule
from detection_stream.detectors.registry import DetectorSet, load_rules
from detection_stream.detectors.rule import ATTACK_TYPES, SEVERITIES, Rule, RuleTest

__all__ = [
    "ATTACK_TYPES",
    "SEVERITIES",
    "DetectorSet",
    "Expression",
    "Rule",
    "RuleTest",
    "compile_expression",
    "load_rule",
    "load_rules",
]

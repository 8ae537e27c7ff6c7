"""How good verdicts are, against what messages really were."""

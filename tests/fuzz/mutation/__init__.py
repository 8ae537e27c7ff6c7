"""Mutations: functions of a source of chance and an input."""

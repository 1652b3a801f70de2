"""Counts for the operators: routes, languages, times. Never a text, never a person."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """`ports.Tally` on a registry of its own, so that two servers in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._questions = Counter(
            "protocolwijzer_questions", "Questions answered", ["route", "language", "certain"], registry=self.registry
        )
        self._seconds = Histogram(
            "protocolwijzer_answer_seconds", "From question to reply", buckets=_SECONDS, registry=self.registry
        )
        self._reviews = Counter(
            "protocolwijzer_reviews", "Drafts checked", ["verdict", "language"], registry=self.registry
        )
        self._findings = Counter(
            "protocolwijzer_findings", "Drafts in which a rule was found", ["rule"], registry=self.registry
        )
        self._disputed = Counter(
            "protocolwijzer_findings_disputed", "Findings that somebody called wrong", ["rule"], registry=self.registry
        )
        self._review_seconds = Histogram(
            "protocolwijzer_review_seconds", "From draft to reply", buckets=_SECONDS, registry=self.registry
        )
        self._ratings = Counter(
            "protocolwijzer_ratings", "Answers rated", ["helped", "route", "section"], registry=self.registry
        )
        self._refused = Counter(
            "protocolwijzer_refused", "Requests refused", ["platform", "why"], registry=self.registry
        )
        self.sections = Gauge("protocolwijzer_knowledge_sections", "Sections in use", registry=self.registry)
        self._reloads = Counter(
            "protocolwijzer_reloads", "Reloads of the knowledge", ["result"], registry=self.registry
        )

        self._steps = Counter(
            "protocolwijzer_case_steps", "Steps taken in cases", ["step", "handler"], registry=self.registry
        )
        self._refused_steps = Counter(
            "protocolwijzer_case_steps_refused", "Steps refused", ["step", "why"], registry=self.registry
        )
        self._deliveries = Counter(
            "protocolwijzer_deliveries", "Tries to deliver", ["platform", "result"], registry=self.registry
        )
        self.waiting = Gauge("protocolwijzer_deliveries_waiting", "Deliveries that wait", registry=self.registry)
        self.given_up = Gauge("protocolwijzer_deliveries_given_up", "Deliveries given up", registry=self.registry)
        self.oldest = Gauge(
            "protocolwijzer_delivery_oldest_seconds", "Age of the oldest delivery that waits", registry=self.registry
        )
        self.cases = Gauge("protocolwijzer_cases", "Cases by status", ["status"], registry=self.registry)

    def answered(self, route: str, language: str, certain: bool, seconds: float, section: str = "") -> None:
        self._questions.labels(route, language, "yes" if certain else "no").inc()
        self._seconds.observe(seconds)

    def reviewed(self, verdict: str, language: str, rules: Sequence[str], seconds: float) -> None:
        self._reviews.labels(verdict, language).inc()
        for rule in rules:
            self._findings.labels(rule).inc()
        self._review_seconds.observe(seconds)

    def disputed(self, rule: str) -> None:
        self._disputed.labels(rule).inc()

    def rated(self, helped: bool, route: str, section: str) -> None:
        self._ratings.labels("yes" if helped else "no", route, section).inc()

    def stepped(self, step: str, handler: str, section: str = "", language: str = "") -> None:
        self._steps.labels(step, handler).inc()

    def refused_step(self, step: str, why: str) -> None:
        self._refused_steps.labels(step, why).inc()

    def delivered(self, platform: str, result: str) -> None:
        self._deliveries.labels(platform, result).inc()

    def refused(self, platform: str, why: str) -> None:
        self._refused.labels(platform, why).inc()

    def reloaded(self, result: str) -> None:
        self._reloads.labels(result).inc()

    def exposition(self) -> bytes:
        return generate_latest(self.registry)

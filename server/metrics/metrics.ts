import { Counter, Gauge, Histogram, Registry } from "prom-client";

export type Metrics = ReturnType<typeof newMetrics>;

/** What is counted, by Prometheus' naming rules. Labels are bounded: products, outcomes and triggers, never hooks or companies. */
export function newMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    accepted: new Counter({
      name: "hookline_events_accepted_total",
      help: "Events that were stored and answered with 202.",
      labelNames: ["product"],
      registers,
    }),
    attempts: new Counter({
      name: "hookline_attempts_total",
      help: "HTTP attempts by what came of them.",
      labelNames: ["product", "outcome", "trigger"],
      registers,
    }),
    attemptSeconds: new Histogram({
      name: "hookline_attempt_duration_seconds",
      help: "How long attempts took.",
      labelNames: ["product"],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    firstAttemptSeconds: new Histogram({
      name: "hookline_first_attempt_delay_seconds",
      help: "From accepting an event to sending its first attempt.",
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
      registers,
    }),
    underWay: new Gauge({ name: "hookline_attempts_under_way", help: "Requests on the wire.", registers }),
    waiting: new Gauge({ name: "hookline_deliveries_waiting", help: "Deliveries queued in this process's memory.", registers }),
    lanes: new Gauge({ name: "hookline_lanes_owned", help: "Lanes this process owns.", registers }),
    workers: new Gauge({ name: "hookline_workers", help: "Processes that share the store, this one included.", registers }),
    oldestDueSeconds: new Gauge({
      name: "hookline_oldest_due_seconds",
      help: "For how long the earliest due marker has been due.",
      registers,
    }),
  };
}

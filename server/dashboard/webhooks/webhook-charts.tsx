import { durationAt, durationEdges } from "../../deliveries/hourly-counts.ts";
import { counted } from "../deliveries/delivery-words.ts";
import { Chart } from "../shell/charts.tsx";
import { clockTime, shortDate } from "../shell/times.tsx";
import { useViewer } from "../shell/viewer.ts";
import { failedShare, sumOf } from "./list-data.ts";
import type { WebhookPageData } from "./webhook-page.tsx";

/** Attempts, failures and answer times by the hour. */
export function Charts({ data: { row, chart } }: { data: WebhookPageData }) {
  const { zone, now } = useViewer();
  const { sent, failed } = sumOf(row.hours);
  const { hours, from, days } = chart;
  const labels = hours.map((_, i) => {
    const at = new Date(from.getTime() + i * 3_600_000);
    return `${days === 7 ? `${shortDate(zone, at, now)} ` : ""}${clockTime(zone, at).slice(0, 5)}`;
  });
  const here = `/settings/webhooks/${row.hook._id}`;
  const latency = (quantile: number) =>
    hours.map((hour) => {
      const value = durationAt(quantile, hour);
      return value === Number.POSITIVE_INFINITY ? (durationEdges.at(-1) as number) : value;
    });
  return (
    <section class="card" aria-label="Health" id="charts" data-live>
      <div class="code-head">
        <h2>
          Last {days === 7 ? "7 days" : "24 hours"}
          {days === 1 && (
            <span class="small">
              {" "}
              {counted(sent, "attempt")}
              {sent > 0 && `, ${failedShare({ sent, failed })}`}
            </span>
          )}
        </h2>
        <a class="small" href={days === 7 ? here : `${here}?chart=7d`}>
          {days === 7 ? "24 hours" : "7 days"}
        </a>
      </div>
      <div class="charts">
        <Chart
          title="Attempts"
          unit=""
          stacked
          hours={labels}
          series={[
            { label: "Delivered", tone: "good", values: hours.map((hour) => hour.delivered) },
            { label: "Failed", tone: "bad", values: hours.map((hour) => hour.failed) },
          ]}
        />
        <Chart
          title="Failures"
          unit=""
          stacked
          hours={labels}
          series={[{ label: "Failed", tone: "bad", values: hours.map((hour) => hour.failed) }]}
        />
        <Chart
          title="Answer time, 95% below"
          unit="ms"
          stacked={false}
          hours={labels}
          series={[{ label: "95% below", tone: "line", values: latency(0.95) }]}
        />
      </div>
    </section>
  );
}

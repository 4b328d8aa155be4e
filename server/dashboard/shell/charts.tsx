import type { HourCounts } from "../../deliveries/hourly-counts.ts";

const barWidth = 3;
const gap = 1;
const sparkHeight = 26;

/** The last hours in bars: what was delivered, and on top of it what failed. A picture; the words beside it say the same. */
export function Spark({ hours }: { hours: HourCounts[] }) {
  const width = hours.length * (barWidth + gap);
  const most = Math.max(1, ...hours.map(({ delivered, failed }) => delivered + failed));
  // Few and many must both be seen, so heights grow with the root.
  const scale = (n: number) => (n === 0 ? 0 : Math.max(2, Math.round(Math.sqrt(n / most) * sparkHeight)));
  return (
    <svg class="spark" width={width} height={sparkHeight} viewBox={`0 0 ${width} ${sparkHeight}`} aria-hidden="true" focusable="false">
      <path class="ground" d={`M0 ${sparkHeight - 0.5}H${width}`} />
      {hours.map(({ delivered, failed }, i) => {
        const all = delivered + failed;
        if (all === 0) return null;
        const height = scale(all);
        const bad = failed === 0 ? 0 : Math.max(2, Math.round((failed / all) * height));
        const x = i * (barWidth + gap);
        return (
          <g key={i}>
            {height > bad && <rect class="good" x={x} y={sparkHeight - height + bad} width={barWidth} height={height - bad} />}
            {bad > 0 && <rect class="bad" x={x} y={sparkHeight - height} width={barWidth} height={bad} />}
          </g>
        );
      })}
    </svg>
  );
}

export type Series = { label: string; values: (number | undefined)[]; tone: "good" | "bad" | "line" };

const chartWidth = 320;
const chartHeight = 88;
const left = 34;

/** Stacked bars or a line over hours, with the highest value named; the table below it holds every number. */
export function Chart({
  title,
  series,
  stacked,
  unit,
  hours,
}: {
  title: string;
  series: Series[];
  stacked: boolean;
  unit: string;
  hours: string[];
}) {
  const count = hours.length;
  const totals = hours.map((_, i) => series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
  const most = niceCeiling(Math.max(1, ...(stacked ? totals : series.flatMap(({ values }) => values.map((value) => value ?? 0)))));
  const step = (chartWidth - left) / count;
  const y = (value: number) => chartHeight - (value / most) * (chartHeight - 8);
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${chartWidth} ${chartHeight + 14}`}
        role="img"
        aria-label={`${title}, ${hours[0]} to ${hours.at(-1)}; the table below has the numbers`}
      >
        <path
          class="ground"
          d={`M${left} ${y(most)}H${chartWidth} M${left} ${y(most / 2)}H${chartWidth} M${left} ${chartHeight}H${chartWidth}`}
        />
        <text x={left - 6} y={y(most) + 4} text-anchor="end">
          {short(most)}
        </text>
        <text x={left - 6} y={chartHeight} text-anchor="end">
          0
        </text>
        <text x={left} y={chartHeight + 13}>
          {hours[0]}
        </text>
        <text x={chartWidth} y={chartHeight + 13} text-anchor="end">
          {hours.at(-1)}
        </text>
        {stacked ? <Bars series={series} step={step} y={y} /> : series.map((one) => <Line key={one.label} one={one} step={step} y={y} />)}
      </svg>
      <details>
        <summary>{title} as a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Hour</th>
              {series.map(({ label }) => (
                <th scope="col" key={label}>
                  {label}
                  {unit && ` (${unit})`}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hours.map((hour, i) =>
              series.every(({ values }) => !values[i]) ? null : (
                <tr key={hour}>
                  <th scope="row">{hour}</th>
                  {series.map(({ label, values }) => (
                    <td key={label}>{values[i] ?? "–"}</td>
                  ))}
                </tr>
              ),
            )}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function Bars({ series, step, y }: { series: Series[]; step: number; y: (value: number) => number }) {
  const count = series[0]?.values.length ?? 0;
  return Array.from({ length: count }, (_, i) => {
    let below = 0;
    return series.map(({ label, values, tone }) => {
      const value = values[i] ?? 0;
      if (value === 0) return null;
      const top = y(below + value);
      const height = Math.max(1, y(below) - top);
      below += value;
      return <rect key={`${label}${i}`} class={tone} x={left + i * step + 0.5} y={top} width={Math.max(1, step - 1)} height={height} />;
    });
  });
}

function Line({ one, step, y }: { one: Series; step: number; y: (value: number) => number }) {
  const points = one.values.flatMap((value, i) => (value === undefined ? [] : [{ x: left + (i + 0.5) * step, y: y(value) }]));
  return (
    <g class={`line ${one.tone}`}>
      {points.length > 1 && (
        <path d={points.map((point, i) => `${i === 0 ? "M" : "L"}${point.x.toFixed(1)} ${point.y.toFixed(1)}`).join(" ")} />
      )}
      {points.map((point) => (
        <circle key={point.x} cx={point.x.toFixed(1)} cy={point.y.toFixed(1)} r="2" />
      ))}
    </g>
  );
}

/** 1, 2 or 5 times a power of ten, so that the axis has a number people like. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function short(value: number): string {
  return value >= 1_000_000 ? `${value / 1_000_000}M` : value >= 1_000 ? `${value / 1_000}k` : String(value);
}

import { type Connection, type Model, Schema } from "mongoose";

/**
 * How many attempts went well and badly in an hour, for charts: one record holds up to 256 hooks of a company, so that
 * counting costs no write of its own a delivery. Per hook: delivered, failed, when the last
 * one was made (ms), then attempts by duration.
 */
export type HourlyCountsRecord = { _id: string; company: string; hour: Date; hooks: Record<string, number[]> };

const countsSchema = new Schema<HourlyCountsRecord>(
  { _id: String, company: String, hour: Date, hooks: Schema.Types.Mixed },
  { versionKey: false, minimize: false },
);
countsSchema.index({ company: 1, hour: 1 });
countsSchema.index({ hour: 1 }, { expireAfterSeconds: 30 * 24 * 3_600 });

export function hourlyCounts(db: Connection): Model<HourlyCountsRecord> {
  return db.models.HourlyCounts ?? db.model<HourlyCountsRecord>("HourlyCounts", countsSchema);
}

export const hourMs = 3_600_000;
/** Upper edges of the durations counted, in milliseconds; one more class holds what took longer. */
export const durationEdges = [25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const;

export type HourCounts = { delivered: number; failed: number; lastAt: number; durations: number[] };

export function noCounts(): HourCounts {
  return { delivered: 0, failed: 0, lastAt: 0, durations: Array.from({ length: durationEdges.length + 1 }, () => 0) };
}

export function addCounts(sum: HourCounts, more: HourCounts): HourCounts {
  return {
    delivered: sum.delivered + more.delivered,
    failed: sum.failed + more.failed,
    lastAt: Math.max(sum.lastAt, more.lastAt),
    durations: sum.durations.map((count, i) => count + (more.durations[i] ?? 0)),
  };
}

/**
 * The hours from `since` on, the present one last, of each hook; hours without an attempt are zeros.
 * @param hooks ids; of one company, or nothing is found
 */
export async function readHourlyCounts(
  db: Connection,
  company: string,
  hooks: readonly string[],
  { since, now }: { since: Date; now: Date },
): Promise<Map<string, HourCounts[]>> {
  const first = Math.floor(since.getTime() / hourMs);
  const hours = Math.floor(now.getTime() / hourMs) - first + 1;
  const counted = new Map(hooks.map((hook) => [hook, Array.from({ length: hours }, noCounts)]));
  if (hooks.length === 0) return counted;
  const found = await hourlyCounts(db)
    .find({ company, hour: { $gte: new Date(first * hourMs) } })
    .select(Object.fromEntries([["hour", 1], ...hooks.map((hook) => [`hooks.${hook}`, 1])]))
    .lean();
  for (const record of found) {
    const index = record.hour.getTime() / hourMs - first;
    for (const [hook, [delivered = 0, failed = 0, lastAt = 0, ...durations]] of Object.entries(record.hooks ?? {})) {
      const own = counted.get(hook);
      if (own?.[index]) own[index] = addCounts(own[index], { delivered, failed, lastAt, durations });
    }
  }
  return counted;
}

/** The duration that so many of the attempts stayed below, to the edge of its class; undefined without attempts. */
export function durationAt(quantile: number, { durations }: HourCounts): number | undefined {
  const all = durations.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let seen = 0;
  for (const [i, count] of durations.entries()) {
    seen += count;
    if (seen >= all * quantile) return durationEdges[i] ?? Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}

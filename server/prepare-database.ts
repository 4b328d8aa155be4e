import type { Connection } from "mongoose";
import { apiKeys } from "./accounts/api-key.ts";
import { companies } from "./accounts/company.ts";
import { users } from "./accounts/user.ts";
import { auditRecords } from "./audit/audit.ts";
import { backlogs } from "./deliveries/backlog.ts";
import { deliveries } from "./deliveries/delivery.ts";
import { hourlyCounts } from "./deliveries/hourly-counts.ts";
import { replays } from "./deliveries/replay.ts";
import { events } from "./events/event.ts";
import { refusals } from "./events/refusal.ts";
import { hooks } from "./hooks/hook.ts";
import { apps } from "./oauth/app.ts";
import { installs } from "./oauth/install.ts";
import { codes, tokens } from "./oauth/token.ts";
import { oneTimeLinks } from "./people/one-time-link.ts";
import { throttles } from "./people/throttle.ts";
import { hookChanges, workers } from "./workers/worker.ts";

const models = [
  apps,
  installs,
  tokens,
  codes,
  throttles,
  oneTimeLinks,
  auditRecords,
  companies,
  users,
  apiKeys,
  hooks,
  events,
  deliveries,
  backlogs,
  replays,
  hourlyCounts,
  refusals,
  workers,
  hookChanges,
];

/** Uniqueness is an index everywhere, so they must stand before the first request. */
export async function prepareDatabase(db: Connection): Promise<void> {
  for (const model of models) await model(db).createIndexes();
}

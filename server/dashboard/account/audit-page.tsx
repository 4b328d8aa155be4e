import type { AuditRecord } from "../../audit/audit.ts";
import { PageTitle, Settings } from "../shell/layout.tsx";
import { dayKey, dayName, Time } from "../shell/times.tsx";
import type { Viewer } from "../shell/viewer.ts";

export type AuditPageData = { records: AuditRecord[]; names: ReadonlyMap<string, string>; next: string | undefined; first: boolean };

/** What was done, in words; an action that has none here is shown by its name. */
const actions: Record<string, string> = {
  "hook.created": "added a webhook",
  "hook.changed": "changed a webhook",
  "hook.removed": "removed a webhook",
  "hook.secret_rotated": "rotated a webhook’s secret",
  "hook.replayed": "replayed missed events",
  "hook.event_sent": "sent an event to a webhook",
  "deliveries.repeated": "sent many deliveries again",
  "install.allowed": "connected an app",
  "install.revoked": "disconnected an app",
  "key.created": "made an API key",
  "key.revoked": "revoked an API key",
  "user.created": "was told of a person",
  "user.invited": "invited a person",
  "user.changed": "changed a person",
  "user.removed": "removed a person",
  "user.signed_in": "signed in",
  "user.password_set": "chose a password",
  "user.invitation_made": "made an invitation",
  "user.reset_made": "made a link to choose a password",
};

/** Who did what, kept for a year. */
export function AuditPage({ viewer, data: { records, names, next, first } }: { viewer: Viewer; data: AuditPageData }) {
  const { zone, now } = viewer;
  const days = new Map<string, AuditRecord[]>();
  for (const record of records) {
    const key = dayKey(zone, record.at);
    days.set(key, [...(days.get(key) ?? []), record]);
  }
  return (
    <Settings viewer={viewer} title="Audit log" section="audit">
      <PageTitle title="Audit log" lead="Who did what, and from where. Kept for a year." />
      {records.length === 0 ? (
        <div class="table nothing">
          <p>Nothing is on record yet.</p>
        </div>
      ) : (
        <div class="table">
          <table>
            <caption class="visually-hidden">Audit log, newest first</caption>
            <thead>
              <tr>
                <th scope="col" class="w-time">
                  Time
                </th>
                <th scope="col">Who and what</th>
                <th scope="col">Details</th>
                <th scope="col" class="w-day">
                  From
                </th>
              </tr>
            </thead>
            <tbody>
              {[...days.values()].map((day) => [
                <tr class="day" key={day[0]?._id}>
                  <th colSpan={4} scope="rowgroup">
                    {dayName(zone, day[0]?.at ?? now, now)}
                  </th>
                </tr>,
                ...day.map((record) => (
                  <tr key={record._id} data-key={record._id}>
                    <td class="right first-row">
                      <Time at={record.at} as="clock" />
                    </td>
                    <td class="left first-row">
                      <strong>{names.get(record.actor) ?? actorWords(record.actor)}</strong> {actions[record.action] ?? record.action}
                      <Target record={record} names={names} />
                    </td>
                    <td class="whole">
                      {Object.entries(record.details ?? {}).map(([name, value]) => (
                        <span class="sub" key={name}>
                          {name}: {detailWords(value)}
                        </span>
                      ))}
                    </td>
                    <td class="whole">
                      <span class="small mono">{record.address ?? ""}</span>
                    </td>
                  </tr>
                )),
              ])}
            </tbody>
          </table>
        </div>
      )}
      <div class="table-foot">
        <span class="small">Showing {records.length}</span>
        <nav class="pages" aria-label="Pages">
          {!first && (
            <a class="button plain" href="/settings/audit">
              Newest
            </a>
          )}
          {next && (
            <a class="button plain" rel="next" href={`/settings/audit?before=${encodeURIComponent(next)}`}>
              Older
            </a>
          )}
        </nav>
      </div>
    </Settings>
  );
}

function detailWords(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map(detailWords).join(", ") : JSON.stringify(value);
}

function actorWords(actor: string): string {
  if (actor === "system") return "Hookline";
  if (actor === "operator") return "The operator";
  if (actor.startsWith("key_")) return "An API key";
  if (actor.startsWith("ins_") || actor.startsWith("app_")) return "An app";
  return "Somebody who left";
}

function Target({ record, names }: { record: AuditRecord; names: ReadonlyMap<string, string> }) {
  const { target, actor, action } = record;
  if (target === actor) return null;
  if (target.startsWith("hook_") && action !== "hook.removed")
    return (
      <a class="sub" href={`/settings/webhooks/${target}`}>
        {names.get(target) ?? target}
      </a>
    );
  return <span class="sub">{names.get(target) ?? target}</span>;
}

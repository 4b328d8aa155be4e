import type { WorkerRecord } from "../../workers/worker.ts";
import { counted } from "../deliveries/delivery-words.ts";
import { Badge } from "../shell/badge.tsx";
import { PageTitle } from "../shell/layout.tsx";
import { countdown } from "../shell/times.tsx";
import { Operator, type OperatorFrame, utc } from "./operator-shell.tsx";

export type HealthData = {
  store: string;
  uptimeSeconds: number;
  memoryMb: number;
  underWay: number;
  waiting: number;
  workers: (WorkerRecord & { own: boolean; lanes: number })[];
  lanes: { lane: number; owner: WorkerRecord | undefined; ownerId: string | undefined; hooks: number; oldestDueAt: Date | undefined }[];
  now: Date;
};

/** Whether everything that should be sent is being sent: processes, lanes, and what lies waiting in each. */
export function HealthPage({ frame, data }: { frame: OperatorFrame; data: HealthData }) {
  const orphans = data.lanes.filter(({ ownerId }) => !ownerId).length;
  const late = data.lanes.filter(({ oldestDueAt }) => oldestDueAt && data.now.getTime() - oldestDueAt.getTime() > 60_000).length;
  return (
    <Operator frame={frame} title="Health">
      <PageTitle title="Health" lead={data.store} />
      {orphans > 0 && (
        <p class="notice bad">
          {counted(orphans, "lane")} without a process: what is in them waits. A process takes them within half a minute.
        </p>
      )}
      {late > 0 && <p class="notice wait">{counted(late, "lane")} more than a minute behind.</p>}
      <section class="card">
        <h2>This process</h2>
        <dl class="facts">
          <Fact name="Up for" value={countdown(data.uptimeSeconds * 1000)} />
          <Fact name="Memory" value={`${data.memoryMb.toLocaleString("en-GB")} MB`} />
          <Fact name="Requests under way" value={data.underWay.toLocaleString("en-GB")} />
          <Fact name="Waiting in memory" value={data.waiting.toLocaleString("en-GB")} />
        </dl>
      </section>
      <h2 class="group">Processes</h2>
      <div class="table">
        <table>
          <caption class="visually-hidden">Processes</caption>
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col" class="w-time">
                Lanes
              </th>
              <th scope="col" class="w-day">
                Last heard
              </th>
            </tr>
          </thead>
          <tbody>
            {data.workers.map((worker) => (
              <tr key={worker._id} data-key={worker._id}>
                <td class="whole">
                  <strong>
                    {worker.host} · {worker.pid}
                  </strong>{" "}
                  {worker.own && <span class="tag">This one</span>}
                  <span class="mono sub">{worker._id}</span>
                </td>
                <td class="left">
                  {worker.lanes}
                  <span class="narrow-only"> lanes</span>
                </td>
                <td class="right">{utc(worker.heartbeatAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h2 class="group">Lanes and queue</h2>
      <div class="table">
        <table>
          <caption class="visually-hidden">Lanes</caption>
          <thead>
            <tr>
              <th scope="col" class="w-narrow">
                Lane
              </th>
              <th scope="col" class="w-time">
                State
              </th>
              <th scope="col">Sent by</th>
              <th scope="col">Webhooks with something stored to send</th>
              <th scope="col" class="w-day">
                Earliest due
              </th>
            </tr>
          </thead>
          <tbody>
            {data.lanes.map(({ lane, owner, ownerId, hooks, oldestDueAt }) => (
              <tr key={lane} data-key={String(lane)}>
                <td class="left">
                  <span class="narrow-only">Lane </span>
                  {lane}
                </td>
                <td class="right">
                  {ownerId ? (
                    <Badge tone="ok" icon="tick">
                      Owned
                    </Badge>
                  ) : (
                    <Badge tone="bad" icon="warning">
                      Nobody
                    </Badge>
                  )}
                </td>
                <td class="left">{owner ? `${owner.host} · ${owner.pid}` : (ownerId ?? "–")}</td>
                <td class="right">
                  {hooks.toLocaleString("en-GB")}
                  <span class="narrow-only"> waiting</span>
                </td>
                <td class="whole">{oldestDueAt ? utc(oldestDueAt) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Operator>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
      </dd>
    </div>
  );
}

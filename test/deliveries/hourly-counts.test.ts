import assert from "node:assert/strict";
import mongoose from "mongoose";
import { pino } from "pino";
import { AttemptCounter } from "../../server/deliveries/attempt-counter.ts";
import { durationAt, type HourCounts, hourlyCounts, readHourlyCounts } from "../../server/deliveries/hourly-counts.ts";
import { testDatabaseUri } from "../helpers/store.ts";

const company = "tonic-desk:acme";
const noon = new Date("2026-11-24T12:00:00Z");
const later = (ms: number) => new Date(noon.getTime() + ms);
const hour = 3_600_000;

describe("counts by the hour", () => {
  let db: mongoose.Connection;
  const log = pino({ level: "silent" });
  before(async () => {
    db = await mongoose.createConnection(await testDatabaseUri()).asPromise();
  });
  after(() => db.close());
  beforeEach(() => hourlyCounts(db).deleteMany({}));

  const totals = (hours: HourCounts[] | undefined) => hours?.map(({ delivered, failed }) => [delivered, failed]);

  it("adds up what several processes counted, hour by hour; writing again changes nothing", async () => {
    const [one, two] = ["one", "two"].map((id) => new AttemptCounter({ db, log }, () => id)) as [AttemptCounter, AttemptCounter];
    const note = (counter: AttemptCounter, hook: string, at: Date, delivered: boolean, durationMs = 20) =>
      counter.note({ company, hook }, { at, delivered, durationMs });
    note(one, "hook_a", noon, true);
    note(one, "hook_a", later(10), false);
    note(two, "hook_a", later(20), true);
    note(one, "hook_a", later(hour), true);
    note(one, "hook_b", later(hour), false);
    await Promise.all([one.flush(), two.flush()]);
    note(one, "hook_a", later(hour + 1), true);
    await one.flush();
    await one.flush();
    const counts = await readHourlyCounts(db, company, ["hook_a", "hook_b", "hook_c"], { since: noon, now: later(2 * hour) });
    assert.deepEqual(totals(counts.get("hook_a")), [
      [2, 1],
      [2, 0],
      [0, 0],
    ]);
    assert.deepEqual(totals(counts.get("hook_b")), [
      [0, 0],
      [0, 1],
      [0, 0],
    ]);
    assert.deepEqual(totals(counts.get("hook_c")), [
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    assert.equal(counts.get("hook_a")?.[1]?.lastAt, later(hour + 1).getTime());
    assert.equal(
      (await readHourlyCounts(db, "tonic-desk:globex", ["hook_a"], { since: noon, now: noon })).get("hook_a")?.[0]?.delivered,
      0,
    );
  });

  it("many hooks share a record, so that counting costs few writes", async () => {
    const counter = new AttemptCounter({ db, log }, () => "one");
    for (let i = 0; i < 1_000; i++) counter.note({ company, hook: `hook_${i}` }, { at: noon, delivered: true, durationMs: 5 });
    await counter.flush();
    assert.equal(await hourlyCounts(db).countDocuments(), 4);
    const counts = await readHourlyCounts(db, company, ["hook_0", "hook_999"], { since: noon, now: noon });
    assert.deepEqual(
      [...counts.values()].flatMap(totals),
      [
        [1, 0],
        [1, 0],
      ].map((pair) => pair),
    );
  });

  it("what could not be written is written later", async () => {
    const closed = await mongoose.createConnection(await testDatabaseUri()).asPromise();
    const counter = new AttemptCounter({ db: closed, log }, () => "one");
    counter.note({ company, hook: "hook_a" }, { at: noon, delivered: true, durationMs: 5 });
    const broken = hourlyCounts(closed);
    const write = broken.bulkWrite.bind(broken);
    broken.bulkWrite = () => Promise.reject(new Error("away"));
    await counter.flush();
    broken.bulkWrite = write;
    await counter.flush();
    assert.equal(await broken.countDocuments(), 1);
    await closed.close();
  });

  it("tells durations to the edge of their class", async () => {
    const counter = new AttemptCounter({ db, log }, () => "one");
    for (const durationMs of [10, 10, 30, 400, 20_000])
      counter.note({ company, hook: "hook_a" }, { at: noon, delivered: true, durationMs });
    await counter.flush();
    const [counts] = (await readHourlyCounts(db, company, ["hook_a"], { since: noon, now: noon })).get("hook_a") as [HourCounts];
    assert.deepEqual(
      [durationAt(0.4, counts), durationAt(0.6, counts), durationAt(0.8, counts), durationAt(1, counts)],
      [25, 50, 500, Number.POSITIVE_INFINITY],
    );
    assert.equal(durationAt(0.5, { ...counts, durations: [0, 0] }), undefined);
  });
});

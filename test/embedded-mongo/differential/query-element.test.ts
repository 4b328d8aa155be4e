import { Binary, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } from "mongodb";
import { ground, queryTable } from "./tables.ts";

/** MongoDB manual: "Element Query Operators". */
describe("element queries", () => {
  const on = ground();
  const docs = [
    { _id: 1, v: 1 },
    { _id: 2, v: new Double(1) },
    { _id: 3, v: Long.fromNumber(1) },
    { _id: 4, v: Decimal128.fromString("1") },
    { _id: 5, v: "1" },
    { _id: 6, v: null },
    { _id: 7 },
    { _id: 8, v: true },
    { _id: 9, v: new Date(1) },
    { _id: 10, v: new ObjectId() },
    { _id: 11, v: new Binary(Buffer.from("x")) },
    { _id: 12, v: { a: 1 } },
    { _id: 13, v: ["1", 2] },
    { _id: 14, v: /x/ },
    { _id: 15, v: new Timestamp({ t: 1, i: 1 }) },
    { _id: 16, v: new MinKey() },
    { _id: 17, v: new MaxKey() },
    { _id: 18, v: [] },
  ];
  const others = docs.map(({ _id }) => _id).filter((id) => id !== 7);
  queryTable(
    on,
    docs,
    ["v", "v.a"],
    [
      ["$exists", { v: { $exists: true } }, others],
      ["$exists false", { v: { $exists: false } }, [7]],
      ["$exists by a number", { v: { $exists: 0 } }, [7]],
      ["$exists below a value that is no document", { "v.a": { $exists: true } }, [12]],
      ["$exists and not null", { v: { $exists: true, $ne: null } }, others.filter((id) => id !== 6)],
      ["$type by name", { v: { $type: "string" } }, [5, 13]],
      ["$type by number", { v: { $type: 2 } }, [5, 13]],
      ["$type int", { v: { $type: "int" } }, [1, 13]],
      ["$type double knows 1.0 from 1", { v: { $type: "double" } }, [2]],
      ["$type long", { v: { $type: "long" } }, [3]],
      ["$type decimal", { v: { $type: "decimal" } }, [4]],
      ["$type number", { v: { $type: "number" } }, [1, 2, 3, 4, 13]],
      ["$type null doesn't find missing", { v: { $type: "null" } }, [6]],
      ["$type bool", { v: { $type: "bool" } }, [8]],
      ["$type date", { v: { $type: "date" } }, [9]],
      ["$type objectId", { v: { $type: "objectId" } }, [10]],
      ["$type binData", { v: { $type: "binData" } }, [11]],
      ["$type object", { v: { $type: "object" } }, [12]],
      ["$type array", { v: { $type: "array" } }, [13, 18]],
      ["$type regex", { v: { $type: "regex" } }, [14]],
      ["$type timestamp", { v: { $type: "timestamp" } }, [15]],
      ["$type minKey", { v: { $type: "minKey" } }, [16]],
      ["$type maxKey", { v: { $type: 127 } }, [17]],
      ["$type of several", { v: { $type: ["bool", "date"] } }, [8, 9]],
      ["$type that there isn't", { v: { $type: "nothing" } }, { code: 2 }],
      ["$type number that there isn't", { v: { $type: 99 } }, { code: 2 }],
    ],
  );
});

import { ground, queryTable } from "./tables.ts";

/** MongoDB manual: "Array Query Operators", "Query an Array of Embedded Documents". */
describe("array queries", () => {
  const on = ground();
  const docs = [
    {
      _id: 1,
      t: ["ssl", "security"],
      r: [82, 85, 88],
      items: [
        { q: 5, w: "A" },
        { q: 15, w: "C" },
      ],
    },
    { _id: 2, t: ["ssl"], r: [75, 88, 89], items: [{ q: 5, w: "C" }] },
    {
      _id: 3,
      t: [["ssl", "security"]],
      r: [],
      items: [
        { q: 60, w: "A" },
        { q: 15, w: "B" },
      ],
    },
    { _id: 4, t: "ssl", r: 85 },
    { _id: 5, t: [["a"], ["ssl"]], items: [{ inner: [{ x: 1 }, { x: 5 }] }] },
  ];
  queryTable(
    on,
    docs,
    ["t", "r", "items.q", "items.w", "items.inner.x"],
    [
      ["$all", { t: { $all: ["ssl", "security"] } }, [1]],
      ["$all of one finds a plain value too", { t: { $all: ["ssl"] } }, [1, 2, 4]],
      ["$all of an array finds that array, whole or as an element", { t: { $all: [["ssl", "security"]] } }, [1, 3]],
      ["$all of nothing finds nothing", { t: { $all: [] } }, []],
      ["$all with $elemMatch", { items: { $all: [{ $elemMatch: { q: 5, w: "A" } }, { $elemMatch: { q: { $gt: 10 } } }] } }, [1]],
      ["$all with a regex", { t: { $all: [/^sec/, "ssl"] } }, [1]],
      ["$elemMatch: one element meets all", { items: { $elemMatch: { q: { $gt: 10 }, w: "A" } } }, [3]],
      ["without it several elements may meet them together", { "items.q": { $gt: 10 }, "items.w": "A" }, [1, 3]],
      ["$elemMatch of values", { r: { $elemMatch: { $gte: 80, $lt: 85 } } }, [1]],
      ["$elemMatch is for arrays only", { r: { $elemMatch: { $eq: 85 } } }, [1]],
      ["$elemMatch inside $elemMatch", { items: { $elemMatch: { inner: { $elemMatch: { x: { $gt: 2 } } } } } }, [5]],
      ["$elemMatch with $or", { items: { $elemMatch: { $or: [{ q: 60 }, { w: "C", q: 5 }] } } }, [2, 3]],
      ["$elemMatch of arrays in arrays", { t: { $elemMatch: { $elemMatch: { $eq: "ssl" } } } }, [3, 5]],
      ["$not $elemMatch", { items: { $not: { $elemMatch: { w: "A" } } } }, [2, 4, 5]],
      ["a document as an element", { items: { q: 5, w: "C" } }, [2]],
      ["a path through two arrays", { "items.inner.x": 5 }, [5]],
      ["$size", { r: { $size: 3 } }, [1, 2]],
      ["$size 0", { r: { $size: 0 } }, [3]],
      ["$size of what is no array", { t: { $size: 1 } }, [2, 3]],
      ["a place in an array", { "t.1": "security" }, [1]],
      ["$size of a fraction", { r: { $size: 1.5 } }, { code: 2 }],
      ["$size below zero", { r: { $size: -1 } }, { code: 2 }],
      ["$all of a value", { t: { $all: 1 } }, { code: 2 }],
      ["$elemMatch of a value", { t: { $elemMatch: 1 } }, { code: 2 }],
    ],
  );
});

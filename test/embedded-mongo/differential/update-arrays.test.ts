import { Double } from "mongodb";
import { ground, updateTable } from "./tables.ts";

/** MongoDB manual: "Array Update Operators". */
describe("array updates", () => {
  const on = ground();
  const grades = [
    { g: 80, mean: 75 },
    { g: 85, mean: 90 },
    { g: 90, mean: 88 },
  ];
  updateTable(on, [
    ["$push", { a: [1] }, { $push: { a: 2, b: 1 } }, { a: [1, 2], b: [1] }],
    ["$push of an array is one element", { a: [1] }, { $push: { a: [2, 3] } }, { a: [1, [2, 3]] }],
    ["$push with $each", { a: [1] }, { $push: { a: { $each: [2, new Double(3)] } } }, { a: [1, 2, new Double(3)] }],
    ["$push in a position", { a: [1, 4] }, { $push: { a: { $each: [2, 3], $position: 1 } } }, { a: [1, 2, 3, 4] }],
    ["$push in a position from the end", { a: [1, 4] }, { $push: { a: { $each: [2, 3], $position: -1 } } }, { a: [1, 2, 3, 4] }],
    ["$push and keep the last", { a: [1, 2] }, { $push: { a: { $each: [3, 4], $slice: -3 } } }, { a: [2, 3, 4] }],
    ["$push and keep the first", { a: [1, 2] }, { $push: { a: { $each: [3, 4], $slice: 3 } } }, { a: [1, 2, 3] }],
    ["$push and keep none", { a: [1, 2] }, { $push: { a: { $each: [3], $slice: 0 } } }, { a: [] }],
    ["$push, sort, then cut", { a: [5, 1] }, { $push: { a: { $each: [3, 4], $sort: 1, $slice: -3 } } }, { a: [3, 4, 5] }],
    [
      "$push and sort documents",
      { a: [{ q: 1 }, { q: 3 }] },
      { $push: { a: { $each: [{ q: 2 }], $sort: { q: -1 } } } },
      { a: [{ q: 3 }, { q: 2 }, { q: 1 }] },
    ],
    ["$push to what is no array", { a: 1 }, { $push: { a: 1 } }, { code: 2 }],
    ["$push with an unknown clause", { a: [] }, { $push: { a: { $each: [1], $nearly: 1 } } }, { code: 2 }],
    ["$push with a value as $each", { a: [] }, { $push: { a: { $each: 1 } } }, { code: 2 }],
    ["$push sorted by 2", { a: [] }, { $push: { a: { $each: [1], $sort: 2 } } }, { code: 2 }],
    ["$addToSet", { a: [1, { x: 1 }] }, { $addToSet: { a: { $each: [1, { x: 1 }, 2] } } }, { a: [1, { x: 1 }, 2] }],
    [
      "$addToSet knows documents by the order of their keys",
      { a: [{ x: 1, y: 2 }] },
      { $addToSet: { a: { y: 2, x: 1 } } },
      {
        a: [
          { x: 1, y: 2 },
          { y: 2, x: 1 },
        ],
      },
    ],
    ["$addToSet of an array is one element", { a: [1] }, { $addToSet: { a: [1] } }, { a: [1, [1]] }],
    ["$addToSet to what is no array", { a: 1 }, { $addToSet: { a: 1 } }, { code: 2 }],
    ["$pull by value", { a: [1, 2, 1, new Double(1)] }, { $pull: { a: 1 } }, { a: [2] }],
    ["$pull by condition", { a: [1, 5, 8] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
    ["$pull by $in", { a: ["x", "y", "z"] }, { $pull: { a: { $in: ["x", "z"] } } }, { a: ["y"] }],
    [
      "$pull by a query on documents",
      {
        a: [
          { i: "A", s: 5 },
          { i: "B", s: 8, c: 1 },
        ],
      },
      { $pull: { a: { s: 8, i: "B" } } },
      { a: [{ i: "A", s: 5 }] },
    ],
    [
      "$pull by $elemMatch in nested arrays",
      { a: [{ r: [{ q: 1, s: 4 }] }, { r: [{ q: 2, s: 9 }] }] },
      { $pull: { a: { r: { $elemMatch: { q: 2, s: { $gte: 8 } } } } } },
      { a: [{ r: [{ q: 1, s: 4 }] }] },
    ],
    [
      "$pull of an exact array",
      {
        a: [
          [1, 2],
          [2, 1],
        ],
      },
      { $pull: { a: [1, 2] } },
      { a: [[2, 1]] },
    ],
    ["$pull by a regex", { a: ["apple", "pear"] }, { $pull: { a: /^a/ } }, { a: ["pear"] }],
    ["$pull from nothing", { b: 1 }, { $pull: { a: 1 } }, { b: 1 }],
    ["$pull from what is no array", { a: 1 }, { $pull: { a: 1 } }, { code: 2 }],
    ["$pullAll", { a: [0, 2, 5, 5, 1, 0] }, { $pullAll: { a: [0, 5] } }, { a: [2, 1] }],
    ["$pullAll of a value", { a: [1] }, { $pullAll: { a: 1 } }, { code: 2 }],
    ["$pop the last", { a: [1, 2, 3] }, { $pop: { a: 1 } }, { a: [1, 2] }],
    ["$pop the first", { a: [1, 2, 3] }, { $pop: { a: -1 } }, { a: [2, 3] }],
    ["$pop of what is no array", { a: 1 }, { $pop: { a: 1 } }, { code: 14 }],
    ["$pop of 2", { a: [1] }, { $pop: { a: 2 } }, { code: 9 }],
    [
      "$ is the first element that the query meets",
      { a: [85, 80, 80] },
      { $set: { "a.$": 82 } },
      { a: [85, 82, 80] },
      { filter: { a: 80 } },
    ],
    [
      "$ of documents",
      { a: grades },
      { $set: { "a.$.std": 6 } },
      { a: [grades[0], { ...grades[1], std: 6 }, grades[2]] },
      { filter: { "a.g": 85 } },
    ],
    [
      "$ by $elemMatch",
      { a: grades },
      { $set: { "a.$.std": 6 } },
      { a: [grades[0], { ...grades[1], std: 6 }, grades[2]] },
      { filter: { a: { $elemMatch: { g: { $lte: 90 }, mean: { $gt: 80 } } } } },
    ],
    ["$ beside other conditions", { k: 1, a: ["x", "y"] }, { $set: { "a.$": "z" } }, { k: 1, a: ["x", "z"] }, { filter: { k: 1, a: "y" } }],
    [
      "$ with $inc",
      { a: [{ n: 1 }, { n: 2 }] },
      { $inc: { "a.$.n": 10 } },
      { a: [{ n: 1 }, { n: 12 }] },
      { filter: { "a.n": { $gt: 1 } } },
    ],
    ["$ with $unset", { a: [{ n: 1, m: 1 }] }, { $unset: { "a.$.m": 1 } }, { a: [{ n: 1 }] }, { filter: { "a.n": 1 } }],
    ["$ that the query says nothing of", { a: [1] }, { $set: { "a.$": 1 } }, { code: 2 }],
    ["$[] is every element", { a: [85, 80] }, { $inc: { "a.$[]": 10 } }, { a: [95, 90] }],
    [
      "$[] of documents",
      { a: [{ n: 1 }, { n: 2 }] },
      { $set: { "a.$[].m": 0 } },
      {
        a: [
          { n: 1, m: 0 },
          { n: 2, m: 0 },
        ],
      },
    ],
    ["$[] of an empty array", { a: [] }, { $inc: { "a.$[]": 10 } }, { a: [] }],
    ["$[] in $[]", { a: [[1, 2], [3]] }, { $inc: { "a.$[].$[]": 1 } }, { a: [[2, 3], [4]] }],
    ["$[] of nothing", { b: 1 }, { $inc: { "a.$[]": 10 } }, { code: 2 }],
    ["$[] of a value", { a: 1 }, { $inc: { "a.$[]": 10 } }, { code: 2 }],
    [
      "$[e] is those that the filter meets",
      { a: [95, 102, 90, 150] },
      { $set: { "a.$[e]": 100 } },
      { a: [95, 100, 90, 100] },
      { arrayFilters: [{ e: { $gte: 100 } }] },
    ],
    [
      "$[e] of documents",
      { a: grades },
      { $set: { "a.$[e].mean": 100 } },
      { a: [grades[0], { g: 85, mean: 100 }, { g: 90, mean: 100 }] },
      { arrayFilters: [{ "e.g": { $gte: 85 } }] },
    ],
    [
      "$[e] with two conditions",
      { a: grades },
      { $inc: { "a.$[e].g": -1 } },
      { a: [grades[0], { g: 84, mean: 90 }, grades[2]] },
      { arrayFilters: [{ "e.g": { $gte: 80 }, "e.mean": { $gt: 88 } }] },
    ],
    [
      "$[e] by $or",
      { a: [1, 5, 9] },
      { $inc: { "a.$[e]": 1 } },
      { a: [2, 5, 10] },
      { arrayFilters: [{ $or: [{ e: 1 }, { e: { $gt: 8 } }] }] },
    ],
    [
      "$[e] below $[]",
      { a: [{ q: [5, 8] }, { q: [8] }] },
      { $set: { "a.$[].q.$[s]": 0 } },
      { a: [{ q: [5, 0] }, { q: [0] }] },
      { arrayFilters: [{ s: { $gte: 8 } }] },
    ],
    [
      "two identifiers",
      {
        a: [
          { t: "x", q: [1, 9] },
          { t: "y", q: [9] },
        ],
      },
      { $set: { "a.$[e].q.$[s]": 0 } },
      {
        a: [
          { t: "x", q: [1, 0] },
          { t: "y", q: [9] },
        ],
      },
      { arrayFilters: [{ "e.t": "x" }, { s: { $gt: 5 } }] },
    ],
    ["$[e] that meets none", { a: [1] }, { $set: { "a.$[e]": 0 } }, { a: [1] }, { arrayFilters: [{ e: 5 }] }],
    [
      "$push below $[e]",
      {
        a: [
          { k: 1, l: [] },
          { k: 2, l: [] },
        ],
      },
      { $push: { "a.$[e].l": 5 } },
      {
        a: [
          { k: 1, l: [] },
          { k: 2, l: [5] },
        ],
      },
      { arrayFilters: [{ "e.k": 2 }] },
    ],
    ["an identifier without a filter", { a: [1] }, { $set: { "a.$[e]": 0 } }, { code: 2 }],
    ["a filter that isn't used", { a: [1] }, { $set: { "a.0": 0 } }, { code: 9 }, { arrayFilters: [{ e: 5 }] }],
    ["two filters of one name", { a: [1] }, { $set: { "a.$[e]": 0 } }, { code: 9 }, { arrayFilters: [{ e: 5 }, { e: 6 }] }],
    ["a filter with two names", { a: [1] }, { $set: { "a.$[e]": 0 } }, { code: 9 }, { arrayFilters: [{ e: 5, f: 6 }] }],
    ["a filter with a capital name", { a: [1] }, { $set: { "a.$[E]": 0 } }, { code: 2 }, { arrayFilters: [{ E: 5 }] }],
  ]);
});

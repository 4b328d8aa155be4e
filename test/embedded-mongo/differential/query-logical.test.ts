import { ground, queryTable } from "./tables.ts";

/** MongoDB manual: "Logical Query Operators". */
describe("logical queries", () => {
  const on = ground();
  const docs = [
    { _id: 1, a: 1, b: "x", tags: ["p", "q"] },
    { _id: 2, a: 2, b: "y", tags: ["q"] },
    { _id: 3, a: 3, tags: [] },
    { _id: 4, b: "x" },
  ];
  queryTable(
    on,
    docs,
    ["a", "b", "tags"],
    [
      ["$and", { $and: [{ a: { $gt: 1 } }, { b: "y" }] }, [2]],
      ["$and on one path", { $and: [{ a: { $gt: 1 } }, { a: { $lt: 3 } }] }, [2]],
      ["$and and a path beside it", { $and: [{ a: { $gte: 1 } }], b: "x" }, [1]],
      ["$or", { $or: [{ a: 3 }, { b: "x" }] }, [1, 3, 4]],
      ["$or whose branches find the same document", { $or: [{ a: 1 }, { b: "x" }, { tags: "q" }] }, [1, 2, 4]],
      ["$or through an array", { $or: [{ tags: { $in: ["p", "q"] } }, { tags: "q" }] }, [1, 2]],
      ["$or with a condition beside it", { a: { $lt: 3 }, $or: [{ b: "x" }, { tags: "q" }] }, [1, 2]],
      ["$or with a branch that no index serves", { $or: [{ a: 3 }, { other: { $exists: true } }] }, [3]],
      ["two $or in an $and", { $and: [{ $or: [{ a: 1 }, { a: 2 }] }, { $or: [{ b: "y" }, { b: "z" }] }] }, [2]],
      ["$nor", { $nor: [{ a: 1 }, { b: "y" }] }, [3, 4]],
      ["$not of a comparison finds missing too", { a: { $not: { $gt: 1 } } }, [1, 4]],
      ["$not of a regex", { b: { $not: /^x/ } }, [2, 3]],
      ["$not of $eq is $ne", { b: { $not: { $eq: "x" } } }, [2, 3]],
      ["$not beside another operator", { a: { $gt: 0, $not: { $gt: 2 } } }, [1, 2]],
      ["$comment says nothing", { a: 1, $comment: "why" }, [1]],
      ["an empty query finds all", {}, [1, 2, 3, 4]],
      ["$and of nothing", { $and: [] }, { code: 2 }],
      ["$or of no array", { $or: { a: 1 } }, { code: 2 }],
      ["$nor of values", { $nor: [1] }, { code: 2 }],
      ["$not of a value", { a: { $not: 1 } }, { code: 2 }],
    ],
  );
});

import { Binary, Long } from "mongodb";
import { ground, queryTable } from "./tables.ts";

/** MongoDB manual: "$regex", "$mod", "Bitwise Query Operators". */
describe("evaluation queries", () => {
  const on = ground();
  const docs = [
    { _id: 1, s: "Single line description.", n: 0, bits: 54 },
    { _id: 2, s: "First line\nSecond line", n: 5, bits: 20 },
    { _id: 3, s: "Many spaces before     line", n: 12, bits: Long.fromNumber(20) },
    { _id: 4, s: ["Multiple", "ABC"], n: [7, 8], bits: new Binary(Buffer.from([0x66])) },
    { _id: 5, n: -7, bits: "no" },
    { _id: 6, s: "ünï", n: 7.5, bits: 1.5 },
  ];
  queryTable(
    on,
    docs,
    ["s", "n", "bits"],
    [
      ["a regex", { s: /^S/ }, [1]],
      ["a regex that ignores case", { s: { $regex: "^s", $options: "i" } }, [1]],
      ["a regex over lines", { s: { $regex: /^S/, $options: "m" } }, [1, 2]],
      ["a dot that is a line break too", { s: { $regex: "First.*Second", $options: "s" } }, [2]],
      ["a regex looks into arrays", { s: /^AB/ }, [4]],
      ["a regex of its own options", { s: { $regex: /abc/i } }, [4]],
      ["a regex beside another condition", { s: { $regex: "line", $ne: "Single line description." } }, [2, 3]],
      ["a regex of letters beyond ASCII", { s: /^ü/ }, [6]],
      ["$mod", { n: { $mod: [4, 0] } }, [1, 3, 4]],
      ["$mod of negative numbers keeps the sign", { n: { $mod: [4, -3] } }, [5]],
      ["$mod cuts fractions off", { n: { $mod: [4.9, 3] } }, [4, 6]],
      ["$bitsAllSet by positions", { bits: { $bitsAllSet: [1, 5] } }, [1, 4]],
      ["$bitsAllSet by a mask", { bits: { $bitsAllSet: 50 } }, [1]],
      ["$bitsAllSet by bytes", { bits: { $bitsAllSet: new Binary(Buffer.from([0x30])) } }, [1]],
      ["$bitsAllClear", { bits: { $bitsAllClear: 35 } }, [2, 3]],
      ["$bitsAnySet", { bits: { $bitsAnySet: 35 } }, [1, 4]],
      ["$bitsAnyClear", { bits: { $bitsAnyClear: [1, 5] } }, [2, 3]],
      ["$mod by zero", { n: { $mod: [0, 0] } }, { code: 2 }],
      ["$mod of one number", { n: { $mod: [4] } }, { code: 2 }],
      ["a flag that there isn't", { s: { $regex: "a", $options: "q" } }, { code: 51108 }],
      ["$options without $regex", { s: { $options: "i" } }, { code: 2 }],
      ["a mask below zero", { bits: { $bitsAllSet: -1 } }, { code: 9 }],
    ],
  );
});

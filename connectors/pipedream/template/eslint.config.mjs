import pipedream from "eslint-plugin-pipedream";

// Pipedream's own rules for components. What is shared between sources is none.
export default [
  {
    files: ["sources/*-instant/*-instant.mjs"],
    plugins: { pipedream },
    rules: {
      ...Object.fromEntries(Object.keys(pipedream.rules).map((rule) => [`pipedream/${rule}`, "error"])),
      // Every prop here is a filter: left empty it says nothing, and no value would be a better default.
      "pipedream/default-value-required-for-optional-props": "off",
    },
  },
];

import { appSteps, lastSteps, type Step, triggerSteps } from "./steps.ts";

export type Outcome = { state: "passed" | "not applicable" | "failed"; reason?: string };
export type Row = { platform: string; product: string; trigger: string | null; outcomes: Partial<Record<Step, Outcome>> };

const marks = { passed: "✓", "not applicable": "–", failed: "✗" } as const;

/** platform × trigger × step, with every failure and every dash explained below. */
export class Matrix {
  readonly rows: Row[] = [];

  row(platform: string, product: string, trigger: string | null): Row {
    const row: Row = { platform, product, trigger, outcomes: {} };
    this.rows.push(row);
    return row;
  }

  counts(rows: Row[] = this.rows): Record<Outcome["state"], number> {
    const outcomes = rows.flatMap((row) => Object.values(row.outcomes));
    const count = (state: Outcome["state"]) => outcomes.filter((outcome) => outcome.state === state).length;
    return { passed: count("passed"), failed: count("failed"), "not applicable": count("not applicable") };
  }

  /** A step that was never reached is a hole. */
  holes(): string[] {
    return this.rows.flatMap((row) =>
      stepsOf(row)
        .filter((step) => !row.outcomes[step])
        .map((step) => `${row.platform} · ${row.product} · ${row.trigger ?? "app"} · ${step}: never reached`),
    );
  }

  failures(): string[] {
    return this.rows.flatMap((row) =>
      Object.entries(row.outcomes)
        .filter(([, { state }]) => state === "failed")
        .map(([step, { reason }]) => `${row.platform} · ${row.product} · ${row.trigger ?? "app"} · ${step}: ${reason}`),
    );
  }

  toMarkdown(playedBy: Record<string, string>): string {
    const lines = ["# Conformance matrix", "", `Each connector's own code against a running server. ${legend}`, ""];
    for (const platform of [...new Set(this.rows.map((row) => row.platform))]) {
      const rows = this.rows.filter((row) => row.platform === platform);
      const { passed, failed, "not applicable": dashes } = this.counts(rows);
      lines.push(
        `## ${platform}`,
        "",
        `Played by ${playedBy[platform]}. ${passed} passed, ${failed} failed, ${dashes} not applicable.`,
        "",
      );
      lines.push(
        `| product | app | ${[...appSteps, ...lastSteps].join(" | ")} |`,
        `|---|---|${"---|".repeat(appSteps.length + lastSteps.length)}`,
      );
      for (const row of rows.filter(({ trigger }) => trigger === null)) lines.push(`| ${row.product} | ${platform} | ${cells(row)} |`);
      lines.push("", `| product | trigger | ${triggerSteps.join(" | ")} |`, `|---|---|${"---|".repeat(triggerSteps.length)}`);
      for (const row of rows.filter(({ trigger }) => trigger !== null)) lines.push(`| ${row.product} | ${row.trigger} | ${cells(row)} |`);
      const reasons = new Map(
        rows.flatMap((row) =>
          Object.entries(row.outcomes).flatMap(([step, { state, reason }]) =>
            state === "not applicable" ? [[`${step}: ${reason}`, true] as const] : [],
          ),
        ),
      );
      if (reasons.size > 0) lines.push("", ...[...reasons.keys()].map((reason) => `- – ${reason}`));
      lines.push("");
    }
    const problems = [...this.failures(), ...this.holes()];
    if (problems.length > 0) lines.push("## Failures", "", ...problems.map((problem) => `- ${problem}`), "");
    return `${lines.join("\n")}`;
  }
}

const legend = "✓ passed, – does not apply (why is below each table), ✗ failed.";

function stepsOf({ trigger }: Row): readonly Step[] {
  return trigger === null ? [...appSteps, ...lastSteps] : triggerSteps;
}

function cells(row: Row): string {
  return stepsOf(row)
    .map((step) => {
      const outcome = row.outcomes[step];
      return outcome ? marks[outcome.state] : "✗";
    })
    .join(" | ");
}

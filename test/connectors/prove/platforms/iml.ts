/**
 * The part of Make's IML that our apps use, and nothing beyond it: `{{expression}}` in texts, with paths, literals,
 * arithmetic, comparison and the functions below. Whatever else stands there is an error, so that an app can't rely on
 * something that was never run.
 */
export type Scope = Record<string, unknown>;

const functions: Record<string, (...args: never[]) => unknown> = {
  // The branch that isn't taken was only read, not run.
  if: (condition: unknown, then: unknown, otherwise: unknown) => (condition ? then : otherwise),
  ifempty: (value: unknown, otherwise: unknown) => (value === undefined || value === null || value === "" ? otherwise : value),
  join: (list: unknown[], separator: string) => list.join(separator),
  length: (value: { length: number } | undefined) => value?.length ?? 0,
  addSeconds: (date: Date, seconds: number) => new Date(date.getTime() + seconds * 1000),
  addMinutes: (date: Date, minutes: number) => new Date(date.getTime() + minutes * 60_000),
  parseDate,
  toCollection: (list: Scope[] | undefined, key: string, value: string) =>
    Object.fromEntries((list ?? []).map((entry) => [String(entry[key]), entry[value]])),
};
const keywords: Scope = { undefined: undefined, null: null, true: true, false: false };

/** Fills in a value of any shape. A text that is one expression becomes its value; what is undefined is left out. */
export function fillIn(template: unknown, scope: Scope): unknown {
  if (typeof template === "string") return fillInText(template, scope);
  if (Array.isArray(template)) return template.map((item) => fillIn(item, scope));
  if (typeof template !== "object" || template === null) return template;
  const filled: Scope = {};
  for (const [key, value] of Object.entries(template)) {
    const inner = fillIn(value, scope);
    if (key === "{{...}}") Object.assign(filled, inner);
    else if (inner !== undefined) filled[key] = inner;
  }
  return filled;
}

function fillInText(text: string, scope: Scope): unknown {
  const whole = /^\{\{((?:(?!\}\}).)*)\}\}$/s.exec(text);
  if (whole) return evaluate(whole[1] as string, scope);
  return text.replace(/\{\{(.*?)\}\}/gs, (_, expression: string) => String(evaluate(expression, scope) ?? ""));
}

type Token = { kind: "number" | "text" | "name" | "sign"; text: string };

function tokenise(source: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:(\d+(?:\.\d+)?)|'((?:[^'\\]|\\.)*)'|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(<=|>=|!=|[=<>+\-*/(),&|]))/gy;
  let at = 0;
  while (source.slice(at).trim() !== "") {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (!found) throw new Error(`IML: can't read "${source.slice(at)}" in {{${source}}}`);
    const [, number, quoted, name, sign] = found;
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (quoted !== undefined) tokens.push({ kind: "text", text: quoted });
    else if (name !== undefined) tokens.push({ kind: "name", text: name });
    else tokens.push({ kind: "sign", text: sign as string });
    at = pattern.lastIndex;
  }
  return tokens;
}

const strength: Record<string, number> = {
  "|": 1,
  "&": 2,
  "=": 3,
  "!=": 3,
  "<": 4,
  ">": 4,
  "<=": 4,
  ">=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
};

export function evaluate(source: string, scope: Scope): unknown {
  const tokens = tokenise(source);
  let at = 0;
  /** Above 0 what is read isn't run: a branch of `if` that isn't taken. */
  let unused = 0;
  const value = expression(0);
  if (at < tokens.length) throw new Error(`IML: "${tokens[at]?.text}" is too much in {{${source}}}`);
  return value;

  function expression(least: number): unknown {
    let left = operand();
    for (;;) {
      const sign = tokens[at];
      const own = sign?.kind === "sign" ? strength[sign.text] : undefined;
      if (!sign || own === undefined || own <= least) return left;
      at++;
      left = operate(sign.text, left, expression(own));
    }
  }

  function operand(): unknown {
    const token = tokens[at++];
    if (!token) throw new Error(`IML: {{${source}}} ends too early`);
    if (token.kind === "number") return Number(token.text);
    if (token.kind === "text") return token.text;
    if (token.text === "(") {
      const inner = expression(0);
      expect(")");
      return inner;
    }
    if (token.kind !== "name") throw new Error(`IML: "${token.text}" stands where a value belongs in {{${source}}}`);
    if (tokens[at]?.text === "(") return call(token.text);
    if (token.text === "now") return new Date();
    return token.text in keywords ? keywords[token.text] : lookUp(token.text);
  }

  function call(name: string): unknown {
    const work = functions[name];
    if (!work) throw new Error(`IML: there is no function ${name} here ({{${source}}})`);
    at++;
    const args: unknown[] = [];
    while (tokens[at]?.text !== ")") {
      const skipped = name === "if" && ((args.length === 1 && !args[0]) || (args.length === 2 && Boolean(args[0])));
      if (skipped) unused++;
      args.push(expression(0));
      if (skipped) unused--;
      if (tokens[at]?.text === ",") at++;
      else break;
    }
    expect(")");
    return unused > 0 ? undefined : work(...(args as never[]));
  }

  function expect(sign: string): void {
    if (tokens[at++]?.text !== sign) throw new Error(`IML: "${sign}" is missing in {{${source}}}`);
  }

  function lookUp(path: string): unknown {
    const [root = "", ...parts] = path.split(".");
    if (!(root in scope)) throw new Error(`IML: nothing is called ${root} here ({{${source}}})`);
    return parts.reduce<unknown>((value, part) => (value as Scope | null | undefined)?.[part], scope[root]);
  }
}

function operate(sign: string, left: unknown, right: unknown): unknown {
  const [a, b] = [left instanceof Date ? left.getTime() : left, right instanceof Date ? right.getTime() : right] as [number, number];
  switch (sign) {
    case "=":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case ">":
      return a > b;
    case "<=":
      return a <= b;
    case ">=":
      return a >= b;
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "&":
      return a && b;
    default:
      return a || b;
  }
}

/** As Make does it, for the two formats that our apps use; anything that isn't such a date is an error. */
function parseDate(text: string, format: string): Date {
  const shape = {
    "YYYY-MM-DDTHH:mm:ssZ": /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/,
    "YYYY-MM-DD": /^\d{4}-\d{2}-\d{2}/,
  }[format];
  if (!shape) throw new Error(`IML: the format ${format} is not known here`);
  if (typeof text !== "string" || !shape.test(text)) throw new Error(`IML: ${JSON.stringify(text)} is not a date like ${format}`);
  return new Date(format === "YYYY-MM-DD" ? `${text.slice(0, 10)}T00:00:00Z` : text);
}

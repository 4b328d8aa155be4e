import type { FilterInput } from "../filter-inputs.ts";
import { sentenceCase } from "../names.ts";
import type { OutputField } from "../output-fields.ts";

export type MakeField = {
  name: string;
  type: string;
  label: string;
  help?: string;
  required?: boolean;
  options?: string | { label: string; value: unknown }[];
  spec?: MakeField[] | { type: string };
};

/** What a module offers for mapping. */
export function interfaceOf(fields: OutputField[]): MakeField[] {
  return fields.map((field) => {
    const base = { name: field.name, label: sentenceCase(field.title), ...(field.description ? { help: field.description } : {}) };
    if (field.type === "object")
      return { ...base, type: "collection", ...(field.children.length > 0 ? { spec: interfaceOf(field.children) } : {}) };
    if (field.type === "array")
      return {
        ...base,
        type: "array",
        spec: field.children.length > 0 ? interfaceOf(field.children) : { type: scalar(field.items, undefined) },
      };
    return { ...base, type: scalar(field.type, field.format) };
  });
}

function scalar(type: string | undefined, format: string | undefined): string {
  if (format === "date-time" || format === "date") return "date";
  if (format === "email") return "email";
  if (format === "uri") return "url";
  return { integer: "integer", number: "number", boolean: "boolean" }[type ?? ""] ?? "text";
}

/** The inputs that narrow a webhook; `rpc` names the call that fills a dropdown. */
export function parametersOf(inputs: FilterInput[], rpc: (input: FilterInput) => string): MakeField[] {
  return inputs.map((input) => {
    const { key, label, help, type, choices } = input;
    const base = { name: key, label, help, required: false };
    if (!choices) return { ...base, type: type === "string" ? "text" : "number" };
    if (choices.kind === "seen") return { ...base, type: "select", options: `rpc://${rpc(input)}` };
    return { ...base, type: "select", options: choices.options };
  });
}

/** The filter of a subscription, in IML: an input that was left empty leaves its condition out, or without content. */
export function filterOf(inputs: FilterInput[]): Record<string, unknown> | undefined {
  if (inputs.length === 0) return undefined;
  return Object.fromEntries(
    inputs.map(({ key, path, operator }) => {
      const value = `{{ifempty(parameters.${key}, undefined)}}`;
      return [path, operator === "eq" ? value : { [operator]: value }];
    }),
  );
}

/** What a webhook puts out, in IML: the body as it came, with its times as dates. */
export function outputOf(fields: OutputField[], prefix = "body"): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => {
      const path = `${prefix}.${field.name}`;
      if (field.type === "object" && field.children.some(holdsTime)) return [field.name, outputOf(field.children, path)];
      const format = field.format === "date-time" ? "YYYY-MM-DDTHH:mm:ssZ" : field.format === "date" ? "YYYY-MM-DD" : undefined;
      if (!format) return [field.name, `{{${path}}}`];
      // What is empty stays empty: parsing nothing would be an error.
      return [field.name, `{{if(${path}, parseDate(${path}, '${format}'), ${path})}}`];
    }),
  );
}

/** A sample as the module puts it out: times in full. */
export function sampleOf(sample: Record<string, unknown>, fields: OutputField[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(sample).map(([name, value]) => {
      const field = fields.find((candidate) => candidate.name === name);
      if (!field || value === null || value === undefined) return [name, value];
      if (field.type === "object") return [name, sampleOf(value as Record<string, unknown>, field.children)];
      return [name, field.format === "date-time" || field.format === "date" ? new Date(String(value)).toISOString() : value];
    }),
  );
}

function holdsTime(field: OutputField): boolean {
  return field.format === "date-time" || field.format === "date" || (field.type === "object" && field.children.some(holdsTime));
}

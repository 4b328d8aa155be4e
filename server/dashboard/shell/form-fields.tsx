import type { ComponentChildren } from "preact";
import type { FieldError } from "../../errors.ts";

/** What is wrong with one field, beside it, and tied to it for screen readers. */
export function Problem({ name, problems }: { name: string; problems: FieldError[] }) {
  const own = problems.filter(({ field }) => field === name);
  if (own.length === 0) return null;
  return (
    <p class="problem" id={`${name}-problem`}>
      {own.map(({ message }) => sentence(message)).join(" ")}
    </p>
  );
}

/** Attributes of an input that may have a problem. */
export function described(name: string, problems: FieldError[], hint = false) {
  const bad = problems.some(({ field }) => field === name);
  const by = [bad ? `${name}-problem` : "", hint ? `${name}-hint` : ""].filter(Boolean).join(" ");
  return { ...(bad ? { "aria-invalid": "true" as const } : {}), ...(by ? { "aria-describedby": by } : {}) };
}

export function TextField({
  name,
  label,
  value,
  problems,
  hint,
  type = "text",
  ...rest
}: {
  name: string;
  label: string;
  value: string;
  problems: FieldError[];
  hint?: ComponentChildren;
  type?: "text" | "email";
  required?: boolean;
  maxLength?: number;
  placeholder?: string;
  autocomplete?: string;
  class?: string;
  inputMode?: "url" | "email" | "text";
  children?: ComponentChildren;
}) {
  const { children, ...attributes } = rest;
  const shared = { id: name, name, value, ...attributes, ...described(name, problems, Boolean(hint)) };
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint && (
        <p class="small" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {type === "email" ? <input type="email" {...shared} /> : <input type="text" {...shared} />}
      <Problem name={name} problems={problems} />
      {children}
    </div>
  );
}

/** Says at the top what has to be mended, with links to the fields. */
export function ProblemSummary({ problems }: { problems: FieldError[] }) {
  if (problems.length === 0) return null;
  return (
    <div class="notice bad" role="alert" tabIndex={-1} id="problems">
      <strong>{problems.length === 1 ? "One thing has to be mended." : `${problems.length} things have to be mended.`}</strong> Nothing you
      typed is lost.
      <ul>
        {problems.map(({ field, message }) => (
          <li key={field + message}>
            <a href={`#${field}`}>{sentence(`${wordsOf(field)} ${message}`)}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function wordsOf(field: string): string {
  const names: Record<string, string> = { target_url: "URL", name: "Name", events: "Events", secret: "Secret", filter: "Filter" };
  const condition = /^condition-(\d+)$/.exec(field);
  if (condition) return `Condition ${Number(condition[1]) + 1}:`;
  return names[field.startsWith("filter.") ? "filter" : field] ?? field.replaceAll("_", " ");
}

export function sentence(text: string): string {
  const trimmed = text.trim();
  // A field's path stays as it is written.
  const capital = /^[a-z]+[._]/.test(trimmed) ? trimmed : trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

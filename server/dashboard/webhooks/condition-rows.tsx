import type { ComponentChildren } from "preact";
import type { Field } from "../../../schemas/fields.ts";
import type { FieldError } from "../../errors.ts";
import { described, Problem } from "../shell/form-fields.tsx";
import { Icon } from "../shell/icons.tsx";
import { useViewer } from "../shell/viewer.ts";
import { type Condition, filterFields, operatorOf, operatorsOf } from "./filter-rows.ts";
import { typesOf } from "./hook-draft.ts";
import type { FormData } from "./webhook-form.tsx";

/** The filter as rows of field, comparison and value, with how many recent events would match. */
export function Conditions({ data: { draft, problems, matches } }: { data: FormData }) {
  const { product } = useViewer();
  const types = typesOf(draft.events, product);
  const choices = filterFields(types);
  const others = problems.filter(({ field }) => field === "filter" || field.startsWith("filter."));
  const body = (content: ComponentChildren) => (
    <fieldset id="conditions" data-redraw>
      <legend>Only when (optional)</legend>
      {content}
    </fieldset>
  );
  if (draft.filterJson !== undefined) {
    return body(
      <>
        <p class="small" id="filter-hint">
          This filter was set by the API in a way that the rows can’t show, so it stands here as JSON.
        </p>
        <textarea id="filter" name="filter_json" rows={6} class="mono" aria-label="Filter as JSON" {...described("filter", problems, true)}>
          {draft.filterJson}
        </textarea>
        <Problem name="filter" problems={others.map(({ message, field }) => ({ field: "filter", message: `${field} ${message}` }))} />
      </>,
    );
  }
  return body(
    <>
      <p class="small">
        {types.length === 0
          ? "Choose events first; then you can say which of them to send."
          : "All conditions must hold. Without any, every event is sent."}
      </p>
      <span id="filter"></span>
      <Problem
        name="filter"
        problems={others.map(({ message, field }) => ({ field: "filter", message: `${field.replace(/^filter\./, "")} ${message}` }))}
      />
      {draft.conditions.map((condition, i) => (
        <Row key={i} i={i} condition={condition} choices={choices} problems={problems} />
      ))}
      {types.length > 0 && (
        <button type="submit" class="plain" name="intent" value="add-condition" formNoValidate data-redraws>
          <Icon name="plus" />
          {draft.conditions.length === 0 ? "Add a condition" : "Add another condition"}
        </button>
      )}
      {matches && (
        <p class={`says ${matches.matched === 0 && matches.examined > 0 ? "wait" : ""}`}>
          {matches.examined === 0
            ? "There were no such events lately, so we can’t say how many would match."
            : `Of your latest ${matches.examined} such events, ${matches.matched} would have been sent.`}
        </p>
      )}
    </>,
  );
}

function Row({ i, condition, choices, problems }: { i: number; condition: Condition; choices: Field[]; problems: FieldError[] }) {
  const known = choices.find(({ path }) => path === condition.path);
  const operators = operatorsOf(condition.path ? known : undefined);
  const takes = operatorOf(condition.operator)?.takes ?? "one";
  const name = `condition-${i}`;
  const label = (what: string) => `${what} of condition ${i + 1}`;
  return (
    <div>
      <div class="condition" id={name}>
        <select name="condition_path" aria-label={label("Field")} {...described(name, problems)}>
          <option value="">Choose a field</option>
          {condition.path && !known && <option selected>{condition.path}</option>}
          {choices.map(({ path, title }) => (
            <option key={path} value={path} selected={path === condition.path}>
              {path === "previous_data" ? "What changed" : `${title} (${path.replace(/^data\./, "")})`}
            </option>
          ))}
        </select>
        <select name="condition_operator" aria-label={label("Comparison")}>
          {operators.map((operator) => (
            <option key={operator.id} value={operator.id} selected={operator.id === condition.operator}>
              {operator.label}
            </option>
          ))}
        </select>
        <Value condition={condition} known={known} takes={takes} choices={choices} label={label("Value")} />
        <button
          type="submit"
          class="bare"
          name="intent"
          value={`remove-${i}`}
          formNoValidate
          data-redraws
          aria-label={`Remove condition ${i + 1}`}
        >
          <Icon name="bin" />
        </button>
      </div>
      <Problem name={name} problems={problems} />
    </div>
  );
}

function Value({
  condition,
  known,
  takes,
  choices,
  label,
}: {
  condition: Condition;
  known: Field | undefined;
  takes: "nothing" | "one" | "many";
  choices: Field[];
  label: string;
}) {
  const name = "condition_value";
  // Every row sends exactly one value, so that the three lists of the form stay in step.
  if (takes === "nothing") return <input type="hidden" name={name} value="" />;
  const options =
    known?.path === "previous_data"
      ? choices.filter(({ path }) => path.startsWith("previous_data.")).map(({ path, title }) => ({ value: path.slice(14), label: title }))
      : known?.type === "boolean"
        ? [
            { value: "true", label: "Yes" },
            { value: "false", label: "No" },
          ]
        : known?.values?.map((value) => ({ value: String(value), label: String(value) }));
  if (options && options.length > 0 && (takes === "one" || !condition.value.includes("\n"))) {
    const listed = options.some(({ value }) => value === condition.value);
    return (
      <select name={name} aria-label={label}>
        {!listed && (
          <option value={condition.value} selected>
            {condition.value || "Choose"}
          </option>
        )}
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === condition.value}>
            {option.label}
          </option>
        ))}
      </select>
    );
  }
  if (takes === "many")
    return (
      <textarea
        name={name}
        rows={Math.min(6, Math.max(2, condition.value.split("\n").length))}
        aria-label={`${label}, one a line`}
        placeholder="One a line"
      >
        {condition.value}
      </textarea>
    );
  const shared = { name, value: condition.value, "aria-label": label };
  if (known?.type === "number" || known?.type === "integer") return <input type="number" step="any" {...shared} />;
  if (known?.format === "date") return <input type="date" {...shared} />;
  return <input type="text" {...shared} {...(known?.format === "date-time" ? { placeholder: "2026-04-05T14:30:00Z" } : {})} />;
}

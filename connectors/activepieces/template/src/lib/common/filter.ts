import type { Json } from './api';

/** What an input asks of an event: its field, and how the two are compared. */
export type Condition = { path: string; operator: 'eq' | 'gte' | 'has' };

/** The filter that the server applies. Inputs left empty say nothing. */
export function filterFrom(inputs: Json, conditions: Record<string, Condition>): Json | undefined {
  const filter: Json = {};
  for (const [input, { path, operator }] of Object.entries(conditions)) {
    const value = inputs[input];
    if (value === undefined || value === null || value === '') continue;
    filter[path] = operator === 'eq' ? value : { [operator]: value };
  }
  return Object.keys(filter).length > 0 ? filter : undefined;
}

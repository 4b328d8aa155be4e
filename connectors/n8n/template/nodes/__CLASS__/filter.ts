import type { IDataObject } from 'n8n-workflow';

/** What an input asks of an event: its field, and how the two are compared. */
export type Condition = { path: string; operator: 'eq' | 'gte' | 'has' };

/** The filter that the server applies. Inputs that are empty, or of another event, say nothing. */
export function filterFrom(
	inputs: IDataObject,
	conditions: Record<string, Condition>,
): IDataObject | undefined {
	const filter: IDataObject = {};
	for (const [input, { path, operator }] of Object.entries(conditions)) {
		const value = inputs[input];
		if (value === undefined || value === null || value === '') continue;
		filter[path] = operator === 'eq' ? value : { [operator]: value };
	}
	return Object.keys(filter).length > 0 ? filter : undefined;
}

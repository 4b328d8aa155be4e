/**
 * Zapier maps fields at the top best, so the record's stand there. `id` is the event's id, not the record's:
 * two changes of one record are two events. Of `previous_data` every field is there, null where nothing changed;
 * `changed_fields` tells which did.
 */
const toItem = (body, { recordId, previousFields }) => {
  const { data, previous_data: previous, ...envelope } = body;
  const { id, ...record } = data;
  const item = { ...envelope, [recordId]: id, ...record };
  if (previousFields.length > 0) {
    item.changed_fields = Object.keys(previous || {});
    item.previous_data = {};
    for (const field of previousFields) item.previous_data[field] = (previous || {})[field] ?? null;
  }
  return item;
};

module.exports = { toItem };

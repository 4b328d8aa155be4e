/** What the Zap's inputs mean to the server, which sends only events that match. Empty inputs say nothing. */
const filterFrom = (inputData, conditions) => {
  const filter = {};
  for (const { input, path, operator, type } of conditions) {
    const value = inputData[input];
    if (value === undefined || value === null || value === '') continue;
    const typed = type === 'number' || type === 'integer' ? Number(value) : value;
    filter[path] = operator === 'eq' ? typed : { [operator]: typed };
  }
  return Object.keys(filter).length > 0 ? filter : undefined;
};

module.exports = { filterFrom };

const { SERVER } = require('./api');
const { filterFrom } = require('./filters');

/**
 * Subscribes the Zap's address. What is returned is kept as `bundle.subscribeData`; Zapier subscribes again
 * when `expiration_date` has come, which revives a webhook that was turned off meanwhile.
 */
const subscribe = async (z, bundle, { event, label, conditions }) => {
  const response = await z.request({
    method: 'POST',
    url: `${SERVER}/v1/hooks`,
    body: {
      target_url: bundle.targetUrl,
      event,
      name: `Zapier: ${label}`,
      platform: 'zapier',
      filter: filterFrom(bundle.inputData, conditions),
    },
  });
  const { id, renew_by } = response.data;
  return renew_by ? { id, expiration_date: renew_by } : { id };
};

/** A webhook that is gone already is what was wanted. */
const unsubscribe = async (z, bundle) => {
  const { id } = bundle.subscribeData;
  const response = await z.request({
    method: 'DELETE',
    url: `${SERVER}/v1/hooks/${id}`,
    skipThrowForStatus: true,
  });
  if (response.status === 401) throw new z.errors.RefreshAuthError();
  if (response.status >= 400 && response.status !== 404 && response.status !== 410) {
    throw new z.errors.Error(`Unsubscribing answered ${response.status}.`, 'UnsubscribeError', response.status);
  }
  return { id };
};

/** The account's latest events, newest first, in the very shape of the hook; examples where there are none yet. */
const listSamples = async (z, bundle, { event, conditions }) => {
  const filter = filterFrom(bundle.inputData, conditions);
  const response = await z.request({
    url: `${SERVER}/v1/event-types/${event}/samples`,
    params: { limit: 3, ...(filter ? { filter: JSON.stringify(filter) } : {}) },
  });
  return response.data.data;
};

/** The choices of a dropdown: what the account's events held, as `{ id, name }`. */
const listValues = async (z, event, path) => {
  const response = await z.request(
    `${SERVER}/v1/event-types/${event}/fields/${encodeURIComponent(path)}/values`,
  );
  return response.data;
};

module.exports = { subscribe, unsubscribe, listSamples, listValues };

const { SERVER, TOKEN_URL } = require('./lib/api');

const SCOPES = '__SCOPES__';

const authorizeUrl = (z, bundle) => {
  const url = new URL(`${SERVER}/oauth/authorize`);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: process.env.CLIENT_ID,
    redirect_uri: bundle.inputData.redirect_uri,
    state: bundle.inputData.state,
    scope: SCOPES,
  }).toString();
  return url.toString();
};

const requestTokens = async (z, body) => {
  const response = await z.request({
    method: 'POST',
    url: TOKEN_URL,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: {
      client_id: process.env.CLIENT_ID,
      client_secret: process.env.CLIENT_SECRET,
      ...body,
    },
  });
  const { access_token, refresh_token, expires_in } = response.data;
  return { access_token, refresh_token, expires_in };
};

const getAccessToken = (z, bundle) => {
  const { code, redirect_uri, code_verifier } = bundle.inputData;
  return requestTokens(z, {
    grant_type: 'authorization_code',
    code,
    redirect_uri,
    ...(code_verifier ? { code_verifier } : {}),
  });
};

const refreshAccessToken = (z, bundle) =>
  requestTokens(z, {
    grant_type: 'refresh_token',
    refresh_token: bundle.authData.refresh_token,
  });

/** Fails with 401 when the connection is no longer good; Zapier then refreshes it. */
const test = async (z) => {
  const response = await z.request(`${SERVER}/v1/me`);
  return response.data;
};

const connectionLabel = (z, bundle) => {
  const { company, name } = bundle.inputData;
  return company ? `${company.name} (${name})` : name;
};

module.exports = {
  type: 'oauth2',
  oauth2Config: {
    authorizeUrl,
    getAccessToken,
    refreshAccessToken,
    autoRefresh: true,
    enablePkce: true,
    scope: SCOPES,
  },
  fields: [],
  test,
  connectionLabel,
};

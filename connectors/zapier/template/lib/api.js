// `zapier env:set` can point the integration at another server, for example one for testing.
const SERVER = process.env.SERVER_URL || '__SERVER__';
const TOKEN_URL = `${SERVER}/oauth/token`;

/** Every request carries the access token, except those that fetch one. */
const addToken = (request, z, bundle) => {
  const token = bundle.authData && bundle.authData.access_token;
  if (token && request.url !== TOKEN_URL) request.headers.Authorization = `Bearer ${token}`;
  return request;
};

/** __PRODUCT__ says what is wrong in words; show those instead of a status code. */
const explainProblem = (response, z) => {
  // 401 is Zapier's own: it refreshes the token and tries again. 410 and 404 are for whoever asked.
  if (response.status < 400 || response.status === 401 || response.request.skipThrowForStatus) return response;
  let problem = {};
  try {
    problem = JSON.parse(response.content);
  } catch {
    // Not JSON: a proxy answered. The status is all there is.
  }
  const fields = (problem.errors || []).map(({ field, message }) => `${field} ${message}`);
  const words = fields.length > 0 ? fields.join('; ') : problem.detail || problem.error_description;
  throw new z.errors.Error(
    words || `__PRODUCT__ answered ${response.status}.`,
    'RequestError',
    response.status,
  );
};

module.exports = { SERVER, TOKEN_URL, addToken, explainProblem };

const core = require('zapier-platform-core');
const authentication = require('./authentication');
const { addToken, explainProblem } = require('./lib/api');
const triggers = require('./triggers');
const { version } = require('./package.json');

module.exports = {
  version,
  platformVersion: core.version,
  authentication,
  beforeRequest: [addToken],
  afterResponse: [explainProblem],
  triggers,
  // Values are passed on as they were entered; nothing here is a template.
  flags: { cleanInputData: false },
};

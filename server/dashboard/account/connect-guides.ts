/** How each platform is connected, in the words its own pages use. `{product}` is the product's name. */
export const connectGuides: Record<string, { where: string; steps: string[] }> = {
  zapier: {
    where: "https://zapier.com/app/zaps",
    steps: [
      "Create a Zap and choose {product} as its trigger.",
      "Choose the event, then sign in here and allow Zapier.",
      "Map the fields of the sample and turn the Zap on.",
    ],
  },
  make: {
    where: "https://www.make.com",
    steps: [
      "Add a {product} module to a scenario: one of its Watch triggers.",
      "Create a connection, sign in here and allow Make.",
      "Run it once to see a sample, then schedule it immediately.",
    ],
  },
  n8n: {
    where: "https://n8n.io",
    steps: [
      "Add the {product} Trigger node to a workflow.",
      "Create a credential, sign in here and allow n8n. Your own n8n registers itself.",
      "Choose the events and activate the workflow.",
    ],
  },
  activepieces: {
    where: "https://www.activepieces.com",
    steps: [
      "Create a flow and choose {product} as its trigger.",
      "Connect, sign in here and allow Activepieces.",
      "Load the sample data and publish the flow.",
    ],
  },
  pipedream: {
    where: "https://pipedream.com",
    steps: [
      "Create a workflow with a {product} source as its trigger.",
      "Connect your account, sign in here and allow Pipedream.",
      "Generate a test event and deploy.",
    ],
  },
  "power-automate": {
    where: "https://make.powerautomate.com",
    steps: [
      "Create an automated flow and choose the {product} connector.",
      "Sign in here and allow Power Automate.",
      "Choose the trigger’s event and save the flow.",
    ],
  },
};

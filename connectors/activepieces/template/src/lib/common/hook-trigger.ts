import { randomBytes } from 'node:crypto';
import {
  createTrigger,
  type InputPropertyMap,
  type OutputSchema,
  TriggerStrategy,
} from '@activepieces/pieces-framework';
import { __AUTH__ } from '../auth';
import { apiRequest, type Json, RequestError } from './api';
import { type Condition, filterFrom } from './filter';
import { isSigned } from './signature';

type HookTrigger<Props extends InputPropertyMap> = {
  event: string;
  name: string;
  displayName: string;
  description: string;
  props: Props;
  conditions: Record<string, Condition>;
  sampleData: Json;
  outputSchema: OutputSchema;
};

type Subscription = { id: string; secret: string };
const subscriptionKey = 'subscription';

/** One event type as a trigger: a webhook of the flow's own while the flow is on, filtered by the server. */
export function hookTrigger<Props extends InputPropertyMap>(trigger: HookTrigger<Props>) {
  const { event, conditions, ...shown } = trigger;
  return createTrigger({
    ...shown,
    auth: __AUTH__,
    type: TriggerStrategy.WEBHOOK,

    async onEnable({ auth, propsValue, store, webhookUrl }) {
      const secret = `whsec_${randomBytes(32).toString('base64')}`;
      const { id } = await apiRequest<{ id: string }>(auth, 'POST', '/v1/hooks', {
        target_url: webhookUrl,
        event,
        name: `Activepieces: ${shown.displayName}`,
        platform: 'activepieces',
        secret,
        filter: filterFrom(propsValue, conditions),
      });
      await store.put<Subscription>(subscriptionKey, { id, secret });
    },

    async onDisable({ auth, store }) {
      const subscription = await store.get<Subscription>(subscriptionKey);
      if (!subscription) return;
      try {
        await apiRequest(auth, 'DELETE', `/v1/hooks/${subscription.id}`);
      } catch (error) {
        // Gone already is what was wanted.
        if (!(error instanceof RequestError && error.status === 404)) throw error;
      }
      await store.delete(subscriptionKey);
    },

    async run({ payload, store }) {
      const subscription = await store.get<Subscription>(subscriptionKey);
      // Where the raw body isn't handed over, the same bytes are made again: the server writes JSON this way too.
      const rawBody = typeof payload.rawBody === 'string' || Buffer.isBuffer(payload.rawBody) ? payload.rawBody : JSON.stringify(payload.body);
      if (!subscription || !isSigned(payload.headers, rawBody, subscription.secret)) return [];
      return [payload.body];
    },

    async test({ auth, propsValue }) {
      const filter = filterFrom(propsValue, conditions);
      const query = new URLSearchParams({ limit: '5', ...(filter ? { filter: JSON.stringify(filter) } : {}) });
      const { data } = await apiRequest<{ data: Json[] }>(auth, 'GET', `/v1/event-types/${event}/samples?${query}`);
      return data;
    },
  });
}

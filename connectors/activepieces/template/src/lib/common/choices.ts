import { Property } from '@activepieces/pieces-framework';
import { __AUTH__ } from '../auth';
import { apiRequest, type Connection } from './api';

type Choice<T> = { id: T; name: string };

/** A dropdown of what the account's events held in a field. */
export function seenValues<T extends string | number>(
  event: string,
  path: string,
  { displayName, description }: { displayName: string; description: string },
) {
  return Property.Dropdown<T, false, typeof __AUTH__>({
    auth: __AUTH__,
    displayName,
    description,
    required: false,
    refreshers: [],
    options: async ({ auth }) => {
      if (!auth) return { disabled: true, placeholder: 'Connect your account first', options: [] };
      const values = await apiRequest<Choice<T>[]>(auth as Connection, 'GET', `/v1/event-types/${event}/fields/${path}/values`);
      return { disabled: false, options: values.map(({ id, name }) => ({ label: name, value: id })) };
    },
  });
}

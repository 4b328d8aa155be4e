import { PieceAuth } from '@activepieces/pieces-framework';
import { apiRequest, server } from './common/api';

export const __AUTH__ = PieceAuth.OAuth2({
  description: 'Connects your __PRODUCT__ account.',
  authUrl: `${server}/oauth/authorize`,
  tokenUrl: `${server}/oauth/token`,
  required: true,
  scope: __SCOPE_LIST__,
  pkce: true,
  pkceMethod: 'S256',
  validate: async ({ auth }) => {
    try {
      await apiRequest(auth, 'GET', '/v1/me');
      return { valid: true };
    } catch (error) {
      return { valid: false, error: (error as Error).message };
    }
  },
});

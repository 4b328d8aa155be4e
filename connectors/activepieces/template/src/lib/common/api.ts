export const server = '__SERVER__';

export type Connection = { access_token: string };
export type Json = Record<string, unknown>;

/** An answer that is not a success; `status` tells which, the message is the server's own. */
export class RequestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** One call with the connection's token. Activepieces refreshes the token before it expires. */
export async function apiRequest<T = Json>(
  { access_token }: Connection,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: Json,
): Promise<T> {
  const response = await fetch(`${server}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${access_token}`,
      accept: 'application/json',
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const data = (await response.json().catch(() => ({}))) as Json;
  if (!response.ok) {
    throw new RequestError(
      response.status,
      typeof data['detail'] === 'string' ? data['detail'] : `__PRODUCT__ answered ${response.status}.`,
    );
  }
  return data as T;
}

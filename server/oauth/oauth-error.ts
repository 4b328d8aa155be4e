/** OAuth's own errors (RFC 6749, 5.2), rendered as its own body on everything under /oauth that machines call. */
export class OAuthProblem extends Error {
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.status = status;
    this.error = error;
  }
}

/** What the person at the terminal can put right; shown with the usage. */
export class UsageError extends Error {}
